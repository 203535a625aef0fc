// Approved outputs of commands, in tests/cli/golden.
#pragma once

#include <sstream>

#include "tests/harness/program.hpp"

namespace caravan::harness {

class GoldenTest : public ProgramTest {
 protected:
  /// `text` is what the file holds; CARAVAN_GOLDEN=write rewrites it.
  static void approved_text(const std::string& name, const std::string& text) {
    const std::string path = std::string(CARAVAN_SOURCE_DIR "/tests/cli/golden/") + name;
    const char* mode = std::getenv("CARAVAN_GOLDEN");
    if (mode != nullptr && std::string(mode) == "write") spill(path, text);
    EXPECT_EQ(slurp(path), text) << "if this is right: ./dev golden, and review the difference";
  }
  void approved(const std::string& name, const std::vector<std::string>& words, int code = 0) const {
    const auto result = caravan(words);
    EXPECT_EQ(result.code, code) << result.err;
    approved_text(name, result.out);
  }
};

}  // namespace caravan::harness

#include "harness/cli/input.hpp"

#include <filesystem>

#include "harness/cli/recording.hpp"
#include "objects/base/json_text.hpp"

namespace caravan::harness {

namespace fs = std::filesystem;

std::optional<std::string> input_text(const std::string& name) {
  std::error_code ignored;
  if (!fs::exists(name, ignored) || fs::is_directory(name, ignored) || is_recording(name)) return {};
  return read_text_file(name);
}

bool input_lasts(const std::string& name) {
  std::error_code ignored;
  if (!fs::exists(name, ignored)) return true;  // a shipped scenario
  return fs::is_regular_file(name, ignored) && name.rfind("/dev/", 0) != 0 && name.rfind("/proc/", 0) != 0;
}

}  // namespace caravan::harness

// docs/objects.md, "Add a field": its diffs are applied, its commands run, and what they print is what the
// page shows.
// `./dev golden` rewrites what the page shows.
#include "tests/cli/golden.hpp"

namespace caravan::harness {
namespace {

/// The page, walked fence by fence.
struct Fence {
  std::string language;
  std::size_t begin = 0, end = 0;  ///< of the body
};

std::optional<Fence> next_fence(const std::string& page, std::size_t from) {
  const auto mark = page.find("```", from);
  if (mark == std::string::npos) return std::nullopt;
  const auto line = page.find('\n', mark);
  return Fence{page.substr(mark + 3, line - mark - 3), line + 1, page.find("```", line)};
}

class Page : public GoldenTest {
 protected:
  void apply(const std::string& diff) const {
    std::istringstream lines(diff);
    std::string line, file, before, after;
    const auto finish = [&] {
      if (before.empty()) return;
      auto text = slurp(folder / file);
      const auto at = text.find(before);
      ASSERT_NE(at, std::string::npos) << file << ":\n" << before;
      spill(folder / file, text.replace(at, before.size(), after));
      before.clear();
      after.clear();
    };
    while (std::getline(lines, line)) {
      if (line.rfind("--- ", 0) == 0 || line == "@@") finish();
      if (line.rfind("--- ", 0) == 0) {
        file = line.substr(4);
      } else if (line.rfind('-', 0) == 0) {
        before += line.substr(1) + "\n";
      } else if (line.rfind('+', 0) == 0) {
        after += line.substr(1) + "\n";
      }
    }
    finish();
  }

  /// The same commands with what they print now.
  std::string played(const std::string& console) const {
    std::istringstream lines(console);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("$ caravan ", 0) != 0) continue;
      std::istringstream words(line.substr(10));
      const std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
      const auto result = caravan(all);
      EXPECT_EQ(result.err, "");
      out += line + "\n" + result.out;
    }
    return out;
  }
};

TEST_F(Page, ShowsWhatTheCommandsPrint) {
  const std::string path = CARAVAN_SOURCE_DIR "/docs/objects.md";
  auto page = slurp(path);
  fs::create_directory(folder / "shelf");
  std::vector<std::string> files = {"shelf/releases.json", "shelf/Shelf.json"};
  std::size_t at = page.find("## A worked example"), seen = 0, consoles = 0;
  const auto is_over = [&] { return page.find("## The class file"); };
  while (const auto fence = next_fence(page, at)) {
    if (fence->begin > is_over()) break;
    const auto body = page.substr(fence->begin, fence->end - fence->begin);
    at = fence->end + 3;
    if (fence->language == "json") {
      spill(folder / files.at(seen++), body);
    } else if (fence->language == "diff") {
      apply(body);
    } else if (fence->language == "console") {
      const auto now = played(body);
      ++consoles;
      const char* mode = std::getenv("CARAVAN_GOLDEN");
      if (mode != nullptr && std::string(mode) == "write") {
        page.replace(fence->begin, body.size(), now);
        at = fence->begin + now.size() + 3;
        spill(path, page);
      } else {
        EXPECT_EQ(body, now) << "if this is right: ./dev golden, and review the difference";
      }
    }
  }
  EXPECT_EQ(seen, 2U);
  EXPECT_EQ(consoles, 2U);
}

}  // namespace
}  // namespace caravan::harness

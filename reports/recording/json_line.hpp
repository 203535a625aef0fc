// One line of a recording as JSON: quickly if it is right, with line and column of what is wrong if it is
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "objects/base/json.hpp"

namespace caravan::reports {

/// Reads line after line of one text. Strict as objects/base/json_text.hpp says, but for the depth. One
/// owner; linear.
class LineReader {
 public:
  /// `all` is the text that the lines are part of, and must outlive the reader.
  explicit LineReader(std::string_view all);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Nothing if the line is not right, or holds a number that only a stricter look can judge.
  std::optional<Json> read(std::string_view line);

 private:
  struct Parser;
  std::string_view all_;
  std::unique_ptr<Parser> parser_;
};

/// The same of a line that LineReader refuses: throws bad_request at `path`:`number`:column, naming the
/// event.
Json read_strictly(std::string_view line, const std::string& path, std::size_t number, std::int64_t event);

}  // namespace caravan::reports

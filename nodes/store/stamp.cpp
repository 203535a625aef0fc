#include "nodes/store/stamp.hpp"

#include <fmt/format.h>

#include <charconv>

#include "objects/base/printable.hpp"
#include "objects/base/text.hpp"

namespace caravan::nodes {

// Ids of messages are what nodes call them, and may be anything.
constexpr std::size_t longest_cause = 200;

std::string text_of(const Stamp& stamp) {
  if (stamp.writer.empty()) return {};
  return fmt::format("{} {} {}", stamp.writer, stamp.transaction,
                     text::cut(one_line(stamp.cause), longest_cause));
}

Stamp stamp_from(const std::string& text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string::npos ? first : text.find(' ', first + 1);
  if (first == 0 || second == std::string::npos) return {};
  Stamp stamp{text.substr(0, first), text.substr(second + 1)};
  const char* const end = text.data() + second;
  const auto read = std::from_chars(text.data() + first + 1, end, stamp.transaction);
  if (read.ec != std::errc() || read.ptr != end || stamp.transaction < 1) return {};
  return stamp;
}

}  // namespace caravan::nodes

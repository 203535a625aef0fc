// Version texts to tuples of integers.
#include "objects/base/version.hpp"

#include <charconv>

#include "objects/base/error.hpp"

namespace caravan {

Version::Version(std::string_view text) : text_(text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int part = 0;
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc{} || *at == '-' || (next != end && *next != '.')) {
      throw bad_request("", "version \"" + text_ + "\" is not integers separated by dots",
                        "write it like 1.2");
    }
    parts_.push_back(part);
    if (next == end) return;
    at = next + 1;
  }
}

}  // namespace caravan

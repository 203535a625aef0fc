// An object or RPC version: text that compares as a tuple of integers, so 1.9 < 1.10 and 1.2 < 1.2.0.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace caravan {

/// Never changes but by assignment. The default has no parts, and so is below every other.
class Version {
 public:
  Version() = default;
  /// Throws Error (bad_request) unless the text is integers split at dots.
  explicit Version(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<int>& parts() const { return parts_; }
  /// The first part; 0 if there is none.
  int major() const { return parts_.empty() ? 0 : parts_.front(); }

  friend std::strong_ordering operator<=>(const Version& a, const Version& b) {
    return a.parts_ <=> b.parts_;
  }
  friend bool operator==(const Version& a, const Version& b) { return a.parts_ == b.parts_; }

 private:
  std::string text_;
  std::vector<int> parts_;
};

}  // namespace caravan

// Reads `[v][N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]` and compares by packaging's key.
#include "objects/python/pep440.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "objects/python/object_error.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

struct Parsed {
  long epoch = 0;
  std::vector<long> release;
  std::optional<std::pair<char, long>> pre;  // a, b, c (rc)
  std::optional<long> post, dev;
  std::vector<std::pair<long, std::string>> local;  // number, or -1 and text
};

class VersionReader {
 public:
  explicit VersionReader(std::string_view text) : rest_(text) {}

  std::optional<Parsed> read() {
    Parsed out;
    take("v");
    auto first = number();
    if (!first) return std::nullopt;
    if (take("!")) {
      out.epoch = *first;
      if (!(first = number())) return std::nullopt;
    }
    out.release.push_back(*first);
    while (rest_.size() > 1 && rest_[0] == '.' && digit(rest_[1])) {
      rest_.remove_prefix(1);
      out.release.push_back(*number());
    }
    static constexpr std::array<std::pair<std::string_view, char>, 8> pre_names = {{{"alpha", 'a'},
                                                                                    {"a", 'a'},
                                                                                    {"beta", 'b'},
                                                                                    {"b", 'b'},
                                                                                    {"preview", 'c'},
                                                                                    {"pre", 'c'},
                                                                                    {"rc", 'c'},
                                                                                    {"c", 'c'}}};
    for (const auto& [name, letter] : pre_names) {
      if (const auto value = suffix(name)) {
        out.pre = {letter, *value};
        break;
      }
    }
    if (rest_.size() > 1 && rest_[0] == '-' && digit(rest_[1])) {
      rest_.remove_prefix(1);
      out.post = number();
    } else {
      for (const std::string_view name : {"post", "rev", "r"}) {
        if ((out.post = suffix(name))) break;
      }
    }
    out.dev = suffix("dev");
    if (take("+") && !local(out)) return std::nullopt;
    if (!rest_.empty()) return std::nullopt;
    return out;
  }

 private:
  static bool digit(char c) { return c >= '0' && c <= '9'; }
  static bool separator(char c) { return c == '-' || c == '_' || c == '.'; }
  bool take(std::string_view prefix) {
    if (rest_.substr(0, prefix.size()) != prefix) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  std::optional<long> number() {
    std::size_t length = 0;
    long value = 0;
    while (length < rest_.size() && digit(rest_[length])) {
      if (value < 100'000'000'000'000'000) value = value * 10 + (rest_[length] - '0');
      ++length;
    }
    if (length == 0) return std::nullopt;
    rest_.remove_prefix(length);
    return value;
  }
  /// [sep] name [[sep] number], the number 0 if missing.
  std::optional<long> suffix(std::string_view name) {
    std::string_view ahead = rest_;
    if (!ahead.empty() && separator(ahead[0])) ahead.remove_prefix(1);
    if (ahead.substr(0, name.size()) != name) return std::nullopt;
    rest_ = ahead.substr(name.size());
    if (rest_.size() > 1 && separator(rest_[0]) && digit(rest_[1])) rest_.remove_prefix(1);
    return number().value_or(0);
  }
  bool local(Parsed& out) {
    do {
      std::size_t length = 0;
      while (length < rest_.size() &&
             (digit(rest_[length]) || (rest_[length] >= 'a' && rest_[length] <= 'z')))
        ++length;
      if (length == 0) return false;
      const std::string part(rest_.substr(0, length));
      const bool numeric = std::all_of(part.begin(), part.end(), digit);
      if (numeric) {
        out.local.emplace_back(*number(), "");
      } else {
        rest_.remove_prefix(length);
        out.local.emplace_back(-1, part);
      }
    } while (!rest_.empty() && separator(rest_[0]) && (rest_.remove_prefix(1), true));
    return true;
  }

  std::string_view rest_;
};

Parsed parse(const std::string& text) {
  const std::string lowered = ascii_lower(strip(text));
  if (auto parsed = VersionReader(lowered).read()) return *parsed;
  throw ObjectError("InvalidVersion", "Invalid version: " + python_repr(text));
}

/// A missing part is minus or plus infinity, as packaging's _cmpkey has it.
auto key_of(const Parsed& v) {
  std::vector<long> release = v.release;
  while (release.size() > 1 && release.back() == 0) release.pop_back();
  constexpr long low = -1, high = 1'000'000'000'000'000'000;
  std::pair<long, long> pre{high, 0};
  if (v.pre) {
    pre = {v.pre->first, v.pre->second};
  } else if (!v.post && v.dev) {
    pre = {low, 0};
  }
  return std::tuple(v.epoch, release, pre, v.post.value_or(low), v.dev.value_or(high), v.local);
}

}  // namespace

bool is_compatible(const std::string& requested, const std::string& current) {
  const Parsed wanted = parse(requested), have = parse(current);
  return wanted.release.front() == have.release.front() && key_of(have) >= key_of(wanted);
}

}  // namespace caravan

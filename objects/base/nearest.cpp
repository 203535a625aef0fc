#include "objects/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace caravan {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Optimal string alignment; each step costs 2, a step that only changes case costs 1.
int distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<int> before(columns), last(columns), now(columns);
  for (std::size_t j = 0; j < columns; ++j) last[j] = static_cast<int>(2 * j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = static_cast<int>(2 * i);
    for (std::size_t j = 1; j < columns; ++j) {
      const char x = a[i - 1], y = b[j - 1];
      const int replace = x == y ? 0 : lower(x) == lower(y) ? 1 : 2;
      now[j] = std::min({last[j] + 2, now[j - 1] + 2, last[j - 1] + replace});
      if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y) now[j] = std::min(now[j], before[j - 2] + 2);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 100;  // names are short; keeps hostile input cheap
  if (word.empty() || word.size() > longest) return {};
  const std::string* best = nullptr;
  int best_distance = 0;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > longest) continue;
    const int found = distance(word, candidate);
    // A third of the longer name may be wrong, and one letter always.
    const int allowed = std::max<int>(2, static_cast<int>(2 * std::max(word.size(), candidate.size()) / 3));
    const std::size_t common = std::min(word.size(), candidate.size());
    const bool starts = common >= 3 && candidate.compare(0, common, word.substr(0, common)) == 0;
    const bool nothing_common = found >= static_cast<int>(2 * std::max(word.size(), candidate.size()));
    if (nothing_common || (found > allowed && !starts)) continue;
    if (best == nullptr || found < best_distance) {
      best = &candidate;
      best_distance = found;
    }
  }
  return best == nullptr ? std::string{} : *best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string close = nearest(word, candidates); !close.empty()) {
    return fmt::format("did you mean \"{}\"?", close);
  }
  if (candidates.empty()) return {};
  constexpr std::size_t shown = 12;
  std::string list;
  for (std::size_t i = 0; i < std::min(shown, candidates.size()); ++i) {
    list += (i == 0 ? "" : ", ") + candidates[i];
  }
  if (candidates.size() > shown) list += ", ...";
  return "known: " + list;
}

}  // namespace caravan

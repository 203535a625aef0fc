// Finding one of a few by its name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caravan {

/// The first whose `name` it is, as a pointer into `all`; null if there is none. Linear.
template <class All>
auto find_named(All& all, std::string_view name) -> decltype(&*all.begin()) {
  for (auto& one : all)
    if (one.name == name) return &one;
  return nullptr;
}

/// In order, for messages that say what was probably meant.
template <class All>
std::vector<std::string> names_of(const All& all) {
  std::vector<std::string> out;
  for (const auto& one : all) out.emplace_back(one.name);
  return out;
}

}  // namespace caravan

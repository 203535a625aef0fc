#include "objects/vocabulary/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace caravan::step {
namespace {

/// Calls `visit` with a default of each word, in order, until it says true.
template <class Visit, std::size_t... Index>
void any_word(const Visit& visit, std::index_sequence<Index...>) {
  (visit(std::variant_alternative_t<Index, Action>{}) || ...);
}
template <class Visit>
void any_word(const Visit& visit) {
  any_word(visit, std::make_index_sequence<std::variant_size_v<Action>>());
}

constexpr int most = std::numeric_limits<int>::max();

[[noreturn]] void misfit(const char* word, const char* name, const Json& value, const std::string& wanted) {
  throw std::invalid_argument(
      fmt::format("\"{}\" of {} is {}, but must be {}", name, word, value.dump(), wanted));
}

/// "expand, data or contract"
std::string one_of(const std::vector<std::string>& words) {
  const auto all = fmt::format("{}", fmt::join(words.begin(), std::prev(words.end()), ", "));
  return all.empty() ? words.back() : all + " or " + words.back();
}

}  // namespace

const char* word(const Action& action) {
  return std::visit([](const auto& one) { return one.word; }, action);
}

std::vector<std::string> words() {
  std::vector<std::string> out;
  any_word([&](const auto& one) { return out.emplace_back(one.word).empty(); });
  return out;
}

std::optional<Action> action_of(const std::string& word) {
  std::optional<Action> out;
  any_word([&](const auto& one) {
    if (word == one.word) out = one;
    return out.has_value();
  });
  return out;
}

const std::string& text_member(const Action& action, const char* name) {
  static const std::string none;
  const std::string* out = &none;
  each_member(action, [&](std::string_view known, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
      if (known == name) out = &value;
  });
  return *out;
}

void set_node(Action& action, const std::string& node) {
  each_member(action, [&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
      if (name == "node") value = node;
  });
}

Expect expect_of(const Action& action) {
  Expect out{};
  each_member(action, [&](const char*, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Expect>) out = value;
  });
  return out;
}

const Effect* effect_of(const Action& action) {
  return std::visit(
      [](const auto& one) -> const Effect* {
        using Word = std::decay_t<decltype(one)>;
        if constexpr (ActsOnNode<Word>)
          return &Word::effect;
        else
          return nullptr;
      },
      action);
}

std::vector<std::string> words_with(const std::string& member) {
  std::vector<std::string> out;
  any_word([&](const auto& one) {
    each_member(Action(one), [&](const char* name, const auto&) {
      if (member == name) out.emplace_back(one.word);
    });
    return false;
  });
  std::sort(out.begin(), out.end());
  return out;
}

void write(const Action& action, Json& out) {
  each_member(action, [&](const char* name, const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if (value == Value{}) return;
    if constexpr (std::is_enum_v<Value>)
      out[name] = caravan::name(value);
    else
      out[name] = value;
  });
}

Action read(const Json& event) {
  const auto verb = event.find("verb");
  auto action = verb != event.end() && verb->is_string() ? action_of(verb->get<std::string>()) : std::nullopt;
  if (!action)
    throw std::invalid_argument(fmt::format("\"verb\" is {}, which is not a step word",
                                            verb == event.end() ? "missing" : verb->dump()));
  each_member(*action, [&](const char* name, auto& value) {
    const auto found = event.find(name);
    if (found == event.end()) return;
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_enum_v<Value>) {
      const auto known =
          found->is_string() ? word_from<Value>(found->template get<std::string>()) : std::nullopt;
      if (!known) misfit(word(*action), name, *found, one_of(spelt_words<Value>()));
      value = *known;
    } else if constexpr (std::is_same_v<Value, int>) {
      const bool fits = found->is_number_integer() && *found >= 0 && *found <= most;
      if (!fits) misfit(word(*action), name, *found, fmt::format("a whole number from 0 to {}", most));
      value = found->template get<int>();
    } else {
      if (!found->is_string()) misfit(word(*action), name, *found, "a text");
      value = found->template get<std::string>();
    }
  });
  return *std::move(action);
}

}  // namespace caravan::step

#include "reports/facts/causes.hpp"

#include <cctype>

namespace caravan::reports {
namespace {

constexpr char anything = '#';

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_-#./").find(c) != std::string_view::npos;
}

/// Behind the JSON value that begins at `at` with a quote or a bracket.
std::size_t behind_value(const std::string& text, std::size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      ++depth;
    else if (!quoted && (c == ']' || c == '}'))
      --depth;
    if (!quoted && depth <= 0) return at + 1;
  }
  return text.size();
}

/// A list of what varies varies as one.
void put_anything(std::string& out) {
  for (const std::string between : {", ", " and ", " "}) {
    const auto tail = anything + between;
    if (out.size() >= tail.size() && out.compare(out.size() - tail.size(), tail.size(), tail) == 0) {
      out.resize(out.size() - between.size());
      return;
    }
  }
  out += anything;
}

}  // namespace

Causes::Causes(const ReleaseModel& releases) : names_{"true", "false", "null"} {
  for (const auto& object : releases.objects()) {
    names_.insert(object.name);
    names_.insert(object.table);
    if (object.history == nullptr) continue;
    for (const auto& version : object.versions)
      if (const auto* spec = releases.spec(object.name, Version(version)))
        for (const auto& field : spec->fields) names_.insert(field.name);
  }
  names_.erase("");
}

bool Causes::varies(const std::string& word) const {
  for (std::size_t at = 0; at <= word.size();) {
    const auto dot = std::min(word.find('.', at), word.size());
    if (names_.count(word.substr(at, dot - at)) > 0) return true;
    at = dot + 1;
  }
  return word.find_first_of("0123456789") != std::string::npos;
}

std::string Causes::of(const std::string& sentence) const {
  std::string out;
  for (std::size_t at = 0; at < sentence.size();) {
    if (sentence[at] == '"' || sentence[at] == '[' || sentence[at] == '{') {
      put_anything(out);
      at = behind_value(sentence, at);
      continue;
    }
    auto end = at;
    while (end < sentence.size() && in_word(sentence[end])) ++end;
    if (end == at) {
      out += sentence[at++];
      continue;
    }
    const auto word = sentence.substr(at, end - at);
    const auto digit = word.find_first_of("0123456789");
    if (!varies(word)) {
      out += word;
    } else {
      // "engine.2#1" is an engine.
      if (digit != std::string::npos && digit > 1 && word[digit - 1] == '.' && !varies(word.substr(0, digit)))
        out += word.substr(0, digit);
      put_anything(out);
    }
    at = end;
  }
  return out;
}

}  // namespace caravan::reports

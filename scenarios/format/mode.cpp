#include "scenarios/format/mode.hpp"

#include <fmt/format.h>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/databases.hpp"

namespace caravan::scenarios {
namespace {

template <class Enum>
Enum one_of(const char* what, const std::string& word, const std::string& where) {
  if (const auto known = word_from<Enum>(word)) return *known;
  throw bad_request(where, fmt::format("unknown {} \"{}\"", what, word),
                    did_you_mean(word, spelt_words<Enum>()));
}

}  // namespace

const std::vector<std::string>& database_kinds() {
  static const std::vector<std::string> known = spelt_words<DatabaseKind>();
  return known;
}

std::string mode_name(const Mode& mode) { return fmt::format("{}/{}", name(mode.access), name(mode.compat)); }

std::string unlawful(Access access, Compatibility compat) {
  if (access != Access::direct || compat == Compatibility::none) return {};
  return fmt::format(
      "in direct access only ids travel: there is no object to {}, and no node to do it; direct/none is the "
      "only mode",
      compat == Compatibility::pin ? "pin" : "convert");
}

std::string database_kind(const std::string& name_or_url) {
  const std::size_t scheme = name_or_url.find("://");
  const std::string word = name_or_url.substr(0, scheme);
  const auto kind = scheme == std::string::npos ? word_from<DatabaseKind>(word) : database_of_scheme(word);
  return kind ? name(*kind) : "";
}

void set_mode(Mode& mode, const std::string& words, const std::string& where) {
  const std::size_t slash = words.find('/');
  if (slash == std::string::npos)
    throw bad_request(where, fmt::format("\"{}\" is not a mode", words),
                      "ACCESS/COMPAT, such as direct/none");
  const auto access = one_of<Access>("access", words.substr(0, slash), where);
  const auto compat = one_of<Compatibility>("compat", words.substr(slash + 1), where);
  const std::string why = unlawful(access, compat);
  if (!why.empty()) throw bad_request(where, fmt::format("there is no mode {}", words), why);
  mode.access = access;
  mode.compat = compat;
}

Json expectation(const Json& expect, const Mode& mode) {
  if (!expect.is_object()) return expect;
  const std::string key = mode_name(mode);
  for (const std::string& entry : {key + "/" + mode.database, key}) {
    if (expect.contains(entry)) return expect.at(entry);
  }
  Json plain = Json::object();
  for (const auto& [name, item] : expect.items()) {
    if (name.find('/') == std::string::npos) plain[name] = item;
  }
  return plain.empty() ? Json("pass") : plain;
}

}  // namespace caravan::scenarios

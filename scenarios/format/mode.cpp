#include "scenarios/format/mode.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"

namespace caravan {
namespace {

void one_of(const std::vector<std::string>& known, const char* what, const std::string& word,
            const std::string& where) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  throw bad_request(where, fmt::format("unknown {} \"{}\"", what, word), did_you_mean(word, known));
}

}  // namespace

const std::vector<std::string>& accesses() {
  static const std::vector<std::string> known = {"conductor", "direct"};
  return known;
}
const std::vector<std::string>& compats() {
  static const std::vector<std::string> known = {"backport", "pin", "none"};
  return known;
}
const std::vector<std::string>& database_kinds() {
  static const std::vector<std::string> known = {"sqlite", "postgresql", "mariadb"};
  return known;
}

std::string mode_name(const Mode& mode) { return mode.access + "/" + mode.compat; }

std::string unlawful(const std::string& access, const std::string& compat) {
  if (access != "direct" || compat == "none") return {};
  return fmt::format(
      "in direct access only ids travel: there is no object to {}, and nobody who would; direct/none is the "
      "only one",
      compat == "pin" ? "pin" : "convert");
}

std::string database_kind(const std::string& name_or_url) {
  const std::size_t scheme = name_or_url.find("://");
  const std::string name = name_or_url.substr(0, scheme);
  if (name == "mysql" && scheme != std::string::npos) return "mariadb";
  const std::vector<std::string>& known = database_kinds();
  return std::find(known.begin(), known.end(), name) == known.end() ? std::string() : name;
}

void set_mode(Mode& mode, const std::string& words, const std::string& where) {
  const std::size_t slash = words.find('/');
  if (slash == std::string::npos)
    throw bad_request(where, fmt::format("\"{}\" is not a mode", words),
                      "ACCESS/COMPAT, such as direct/none");
  const std::string access = words.substr(0, slash), compat = words.substr(slash + 1);
  one_of(accesses(), "access", access, where);
  one_of(compats(), "compat", compat, where);
  const std::string why = unlawful(access, compat);
  if (!why.empty()) throw bad_request(where, fmt::format("there is no mode {}", words), why);
  mode.access = access;
  mode.compat = compat;
}

Json expectation(const Json& expect, const Mode& mode) {
  if (!expect.is_object()) return expect;
  const std::string key = mode_name(mode);
  for (const std::string& name : {key + "/" + mode.database, key}) {
    if (expect.contains(name)) return expect.at(name);
  }
  Json plain = Json::object();
  for (const auto& [name, item] : expect.items()) {
    if (name.find('/') == std::string::npos) plain[name] = item;
  }
  return plain.empty() ? Json("pass") : plain;
}

}  // namespace caravan

// The history page that the catalog must equal, read with nothing but the JSON library.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "objects/base/json.hpp"

namespace caravan::history_page {

inline const Json& page() {
  static const Json json = [] {
    std::ifstream in(CARAVAN_SOURCE_DIR "/tests/data/sahara-history.json");
    return Json::parse(in);
  }();
  return json;
}

inline std::vector<std::string> releases() { return page()["release_order"].get<std::vector<std::string>>(); }

inline std::vector<std::string> objects() {
  auto names = page()["core_objects"].get<std::vector<std::string>>();
  for (const Json& name : page()["auxiliary_objects"]) names.push_back(name.get<std::string>());
  return names;
}

/// "url (scheme)" -> {"url", ":scheme"}; "info.status" -> {"info", "status"}; "type" -> {"type", ""}.
inline std::pair<std::string, std::string> split(const std::string& name) {
  if (const auto at = name.find(" (scheme)"); at != std::string::npos) return {name.substr(0, at), ":scheme"};
  if (const auto at = name.find('.'); at != std::string::npos)
    return {name.substr(0, at), name.substr(at + 1)};
  return {name, ""};
}

/// Calls with (object name, its version entry) for every version of every object.
template <class Visit>
void each_version(Visit visit) {
  for (const std::string& name : objects()) {
    for (const Json& version : page()["objects"][name]["versions"]) visit(name, version);
  }
}

/// Calls with (object name, version text, rule) for every backport rule of the page.
template <class Visit>
void each_rule(Visit visit) {
  each_version([&](const std::string& name, const Json& version) {
    for (const Json& rule : version["backport_rules"])
      visit(name, version["version"].get<std::string>(), rule);
  });
}

}  // namespace caravan::history_page

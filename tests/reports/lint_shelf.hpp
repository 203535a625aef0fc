// A small object history for lint: shelves with boxes, three releases, a bit of everything. Each test breaks
// it in one way, as an edit of its files.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "objects/conversions/declared.hpp"
#include "objects/loader/parts.hpp"
#include "reports/lint/render.hpp"

namespace caravan::lint::shelf {

using Files = std::map<std::string, Json>;

inline Files files() {
  Files out;
  out["releases.json"] = Json::parse(R"json({
    "format": "caravan-releases/1",
    "objects": ["Shelf", "Box"],
    "interfaces": [
      {"topic": "engine", "methods": [
        {"name": "fill", "style": "cast", "since": "1.0",
         "args": [{"name": "shelf", "object": "Shelf"}, {"name": "force", "default": false, "since": "1.1"}]}]}
    ],
    "releases": [
      {"name": "oak", "manifest": {"Shelf": "1.0", "Box": "1.0"}, "rpc": {"engine": "1.0"}},
      {"name": "pine", "manifest": {"Shelf": "1.1", "Box": "1.1"}, "rpc": {"engine": "1.1"}},
      {"name": "fir", "manifest": {"Shelf": "1.2"}},
      {"name": "yew"}
    ]
  })json");
  out["Shelf.json"] = Json::parse(R"json({
    "format": "caravan-class/1",
    "name": "Shelf",
    "versions": {"1.0": "oak", "1.1": "pine", "1.2": "fir"},
    "fields": [
      {"name": "id", "type": "String", "sql": "VARCHAR(36)", "primary_key": true},
      {"name": "name", "type": "String", "sql": "VARCHAR(80)"},
      {"name": "room", "type": "Integer", "nullable": true},
      {"name": "kind", "type": "Enum", "values": {"1.0": ["pine", "oak"], "1.1": ["pine", "oak", "steel"]}},
      {"name": "note", "type": "String", "nullable": true},
      {"name": "info", "type": "Json", "nullable": true},
      {"name": "maker", "type": "String", "nullable": true, "until": "1.1"},
      {"name": "vendor", "type": "String", "nullable": true, "since": "1.1"},
      {"name": "width", "type": "Integer", "nullable": true, "since": "1.1"},
      {"name": "depth", "type": "Integer", "since": "1.1", "create_default": 30},
      {"name": "paint", "type": "String", "nullable": true, "until": "1.2"},
      {"name": "colour", "type": "String", "nullable": true, "since": "1.2"},
      {"name": "made_at", "type": "DateTime", "nullable": true},
      {"name": "boxes", "type": "ListOfObjects", "class": "Box"}
    ],
    "backport": [
      {"below": "1.2", "op": "remove", "field": "colour"},
      {"below": "1.2", "op": "set_default", "field": "paint", "value": null},
      {"below": "1.1", "op": "remove", "field": "width"},
      {"below": "1.1", "op": "remove", "field": "depth"},
      {"below": "1.1", "op": "rename", "from": "vendor", "to": "maker"},
      {"below": "1.1", "op": "reject_value", "field": "kind", "values": ["steel"]},
      {"below": "1.1", "op": "truncate", "field": "note", "length": 20},
      {"below": "1.1", "op": "map_value", "field": "info.state", "map": [["LENT", "OUT"]]}
    ],
    "forward": [
      {"below": "1.1", "op": "rename", "from": "maker", "to": "vendor"},
      {"below": "1.2", "op": "remove", "field": "paint"}
    ],
    "contracts": [
      {"field": "id"},
      {"field": "name"},
      {"field": "room"},
      {"field": "kind", "limits": [{"below": "1.1", "values": ["steel"]}]},
      {"field": "note", "limits": [{"below": "1.1", "length": 20, "cut": true}]},
      {"field": "info", "seen_as": [{"below": "1.1", "path": "state", "value": "LENT", "as": "OUT"}],
       "legal": [{"since": "1.0", "path": "state", "values": ["IN", "OUT"]},
                 {"since": "1.1", "path": "state", "values": ["IN", "LENT", "OUT"]}]},
      {"field": "vendor", "was_called": ["maker", "1.1"]},
      {"field": "width", "since": "1.1", "absent_means": 0, "lost_below": "1.1"},
      {"field": "depth", "since": "1.1", "absent_means": 30, "lost_below": "1.1"},
      {"field": "paint", "until": "1.2"},
      {"field": "colour", "since": "1.2"},
      {"field": "made_at"},
      {"field": "boxes"}
    ]
  })json");
  out["Box.json"] = Json::parse(R"json({
    "format": "caravan-class/1",
    "name": "Box",
    "versions": {"1.0": "oak", "1.1": "pine"},
    "fields": [
      {"name": "id", "type": "String", "sql": "VARCHAR(36)", "primary_key": true},
      {"name": "label", "type": "String", "nullable": true, "since": "1.1"}
    ],
    "backport": [{"below": "1.1", "op": "remove", "field": "label"}],
    "contracts": [{"field": "id"}, {"field": "label", "since": "1.1", "absent_means": "", "lost_below": "1.1"}]
  })json");
  return out;
}

inline Catalog load(const Files& files) {
  std::vector<NamedText> texts;
  for (const auto& [name, json] : files) texts.push_back({name, name, json.dump()});
  return catalog_parts::read_files(texts, "shelves");
}

using lint::lint;
inline LintReport lint(const Catalog& catalog) { return lint(catalog, {}, DeclaredConversions(catalog)); }
inline LintReport lint(const Files& files) { return lint(load(files)); }

inline std::vector<std::string> ids(const LintReport& report) {
  std::vector<std::string> out;
  for (const auto& finding : report.findings) out.push_back(finding.id);
  return out;
}

inline void paste(const Suggestion& suggestion, Files& into) {
  ASSERT_EQ(into.count(suggestion.file), 1U) << suggestion.file;
  into[suggestion.file] = into[suggestion.file].patch(suggestion.patch);
  for (const auto& also : suggestion.also) paste(also, into);
}

/// Breaks the shelves, expects this finding and no other, pastes its suggestion, expects nothing.
inline void expect_mended(const std::string& id, const std::function<void(Files&)>& spoil) {
  Files broken = files();
  spoil(broken);
  const auto report = lint(broken);
  ASSERT_EQ(ids(report), std::vector<std::string>{id}) << render(report, "text");
  const auto& finding = report.findings.front();
  EXPECT_EQ(id.substr(0, id.find('/')), finding.type);
  ASSERT_TRUE(finding.suggestion) << render(report, "text");
  ASSERT_FALSE(finding.suggestion->patch.empty()) << render(report, "text");
  ASSERT_NO_FATAL_FAILURE(paste(*finding.suggestion, broken));
  const auto after = lint(broken);
  EXPECT_EQ(ids(after), std::vector<std::string>{}) << render(report, "text") << "\nafter pasting\n"
                                                    << render(after, "text");
}

/// Shelf.json, edited by hand.
inline void expect_mended_shelf(const std::string& id, const std::function<void(Json&)>& spoil) {
  expect_mended(id, [&](Files& all) { spoil(all["Shelf.json"]); });
}

/// The member of a list of objects with that value.
inline Json& in(Json& list, const char* key, const Json& value) {
  for (auto& item : list)
    if (item.contains(key) && item[key] == value) return item;
  throw std::out_of_range(value.dump());
}
inline Json& backport_of(Json& file, const char* op, const char* field) {
  for (auto& rule : file["backport"])
    if (rule["op"] == op && (rule.value("field", "") == field || rule.value("from", "") == field))
      return rule;
  throw std::out_of_range(field);
}
inline void drop(Json& list, const Json& item) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i] == item) return list.erase(i);
}

}  // namespace caravan::lint::shelf

// A small catalog for the object tests: a rename, a mapped value inside a Json field, a URL scheme, children.
#pragma once

#include <memory>
#include <string>

#include "objects/loader/loader.hpp"
#include "objects/model/object.hpp"

namespace caravan::sample {

/// Classes as a vectors' catalog would have them, the Json field and the forward rules added in the structs.
inline Catalog catalog() {
  Catalog made = load_catalog(Json::parse(R"({
    "base": {"project_namespace": "sample"},
    "classes": [
      {"name": "Part", "version": "1.1", "fields": [
        {"name": "id", "type": "String"}, {"name": "kind", "type": "String", "nullable": true}]},
      {"name": "Run", "version": "1.3", "fields": [
        {"name": "id", "type": "String"},
        {"name": "engine_job_id", "type": "String", "nullable": true},
        {"name": "count", "type": "Integer", "nullable": true},
        {"name": "info", "type": "String", "nullable": true},
        {"name": "url", "type": "String", "nullable": true},
        {"name": "parts", "type": "ListOfObjects", "class": "Part", "nullable": true},
        {"name": "main", "type": "Object", "class": "Part", "nullable": true}]}
    ]})"),
                              "sample");
  ClassSpec& part = made.classes.at(0);
  part.forward = {Rule{Version("1.1"), "rename", "type", Json{{"from", "type"}, {"to", "kind"}}}};
  ClassSpec& run = made.classes.at(1);
  run.fields.at(3).type.name = "Json";
  const Json to_killed = Json::array({Json::array({"STOPPED", "KILLED"})});
  run.forward = {
      Rule{Version("1.1"), "remove", "progress", Json{{"field", "progress"}}},
      Rule{Version("1.2"), "rename", "oozie_job_id", Json{{"from", "oozie_job_id"}, {"to", "engine_job_id"}}},
      Rule{Version("1.3"), "map_value", "info.status", Json{{"field", "info.status"}, {"map", to_killed}}}};
  const Json to_swift = Json::array({Json::array({"s3", "swift"})});
  const Json back = Json::array({Json::array({"KILLED", "STOPPED"})});
  Compat compat;
  compat.super = "none";
  compat.rules = {
      Rule{Version("1.3"), "map_value", "info.status", Json{{"field", "info.status"}, {"map", back}}},
      Rule{Version("1.3"), "map_value", "url:scheme", Json{{"field", "url:scheme"}, {"map", to_swift}}},
      Rule{Version("1.3"), "reject_longer", "url", Json{{"field", "url"}, {"length", 12}}},
      Rule{Version("1.3"), "reject_value", "url:scheme",
           Json{{"field", "url:scheme"}, {"values", Json::array({"manila"})}}},
      Rule{Version("1.2"), "rename", "engine_job_id",
           Json{{"from", "engine_job_id"}, {"to", "oozie_job_id"}}}};
  run.compat = compat;
  return made;
}

inline std::shared_ptr<const Registry> registry() { return Registry::from(catalog()); }

inline Json primitive(const char* name, const char* version, Json data, Json changes = nullptr) {
  Json made{{"versioned_object.name", name},
            {"versioned_object.namespace", "sample"},
            {"versioned_object.version", version},
            {"versioned_object.data", std::move(data)}};
  if (!changes.is_null()) made["versioned_object.changes"] = std::move(changes);
  return made;
}
inline const Json& data(const Json& made) { return made.at("versioned_object.data"); }
inline Json version(const Json& made) { return made.at("versioned_object.version"); }
inline Json changes(const Json& made) { return made.value("versioned_object.changes", Json::array()); }

}  // namespace caravan::sample

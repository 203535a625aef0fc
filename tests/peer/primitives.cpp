#include "tests/peer/primitives.hpp"

#include <algorithm>

namespace caravan::peer {
namespace {

const std::vector<std::string> texts = {
    "",     "a",           "caravan", "Zürich",      "日本",          "𝄞 clef",      "null", "true",
    " 12 ", "12",          "-0",      "1_0",         "0x10",          "1.5",         "1e3",  "١٢",
    "é",    "line\nbreak", "\"q\"",   "swift://a/b", "s3://bucket/x", "hdfs://n:1/", "://x", "a://b://c"};

const std::vector<std::string> times = {"2015-04-30T12:00:00Z",
                                        "2015-04-30T12:00:00.123456Z",
                                        "2015-04-30 12:00:00",
                                        "2015-04-30",
                                        "2015-4-3",
                                        "20150430T120000Z",
                                        "2015-04-30T12:00:00+02:00",
                                        "2015-04-30T12:00:00-0330",
                                        "2015-04-30T12:00:00,5+05",
                                        "2015-04-30T12",
                                        "2015-04-30T12:00:00+00:00",
                                        "2015-123",
                                        "2015-13-01",
                                        "2015-04-31T00:00:00Z",
                                        "2015-04-30T24:00:00Z",
                                        "2015-04-30T12:00:60Z",
                                        "1969-12-31T23:59:59Z",
                                        "now",
                                        ""};

const std::vector<std::string> odd_versions = {"1",    "1.0", "1.1",     "1.2.1", "1.3.7",  "1.99",
                                               "2.0",  "0.9", "1.x",     "",      "1.10",   "1.2rc1",
                                               "v1.2", "1.",  "1.1.1.1", " 1.2",  "1.2.99", "1.99.1"};

const std::vector<double> floats = {0.0, -0.0, 0.5, -0.5, 1.0, 1e16, 1e-7, 0.1, 123456789.125, 2.5, -3.7};

const std::vector<std::int64_t> integers = {0, 1, -1, 2, 7, 80, 255, 4096, -12, 2147483648, 9007199254740993};

/// "info.status" -> the field "info" and the key.
std::string field_of(const std::string& path) { return path.substr(0, path.find_first_of(".:")); }
std::string key_of(const std::string& path) {
  const auto dot = path.find('.');
  return dot == std::string::npos ? "" : path.substr(dot + 1);
}

}  // namespace

Primitives::Primitives(const Catalog& catalog, std::uint64_t seed) : catalog_(catalog), state_(seed) {
  for (const ClassHistory& history : catalog.histories) objects_.push_back(history.name);
  for (const ClassSpec& spec : catalog.classes) {
    classes_[spec.name].push_back(&spec);
    std::vector<Rule> rules = spec.forward;
    if (spec.compat) rules.insert(rules.end(), spec.compat->rules.begin(), spec.compat->rules.end());
    for (const Rule& rule : rules) {
      auto& values = ruled_[spec.name + "." + rule.field];
      for (const Json& pair : rule.args.value("map", Json::array())) {
        values.push_back(pair.at(0));
        values.push_back(pair.at(1));
      }
      for (const Json& each : rule.args.value("values", Json::array())) values.push_back(each);
      if (const auto length = rule.args.find("length"); length != rule.args.end()) {
        const auto characters = length->get<std::size_t>();
        for (const std::size_t size : {characters - 1, characters, characters + 1}) {
          std::string text;
          for (std::size_t i = 0; i < size; ++i) text += i % 3 == 0 ? "é" : "x";
          values.emplace_back(text);
        }
      }
    }
  }
  for (auto& [name, known] : classes_)
    std::sort(known.begin(), known.end(),
              [](const auto* a, const auto* b) { return a->version < b->version; });
}

std::uint64_t Primitives::random() {  // splitmix64
  std::uint64_t value = state_ += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

Json Primitives::next() {
  if (chance(1)) return any_value(2);
  Json made = primitive(one_of(objects_), 0);
  if (chance(6)) damage(made);
  return made;
}

Json Primitives::versions() {
  Json manifest = Json::object();
  if (chance(60)) {
    for (const auto& [name, version] : one_of(catalog_.releases).manifest) manifest[name] = version.text();
  } else {
    for (const std::string& object : objects_) manifest[object] = version_of(object);
  }
  if (chance(15)) manifest.erase(one_of(objects_));
  if (chance(2)) manifest = Json::object();
  return manifest;
}

std::string Primitives::version_of(const std::string& object) {
  if (chance(12)) return one_of(odd_versions);
  return one_of(classes_.at(object))->version.text();
}

Json Primitives::primitive(const std::string& object, int depth) {
  const std::string label = version_of(object);
  const auto& known = classes_.at(object);
  const ClassSpec* spec = known.back();
  for (const ClassSpec* each : known) {
    if (each->version.text() == label) spec = each;
  }
  const std::vector<int> how_full = {100, 100, 60, 15, 0};
  const int full = one_of(how_full);
  Json data = Json::object();
  for (const FieldSpec& field : spec->fields) {
    if (chance(full)) data[field.name] = value(object, field, depth);
  }
  // Fields of another version, or of none.
  if (chance(15)) {
    const auto& fields = one_of(known)->fields;
    const FieldSpec& field = one_of(fields);
    data[field.name] = value(object, field, depth);
  }
  if (chance(5)) data["no_such_field"] = any_value(1);
  const std::string prefix = catalog_.serial_namespace;
  Json made = {{prefix + ".name", object},
               {prefix + ".namespace", catalog_.project_namespace},
               {prefix + ".version", label},
               {prefix + ".data", std::move(data)}};
  if (chance(40)) made[prefix + ".changes"] = changes(*spec);
  return made;
}

Json Primitives::changes(const ClassSpec& spec) {
  if (chance(2)) return any_value(1);
  Json names = Json::array();
  for (const FieldSpec& field : spec.fields) {
    if (chance(25)) names.push_back(field.name);
  }
  if (chance(5)) names.push_back("no_such_field");
  return names;
}

void Primitives::damage(Json& made) {
  const std::string prefix = catalog_.serial_namespace;
  const std::vector<std::string> members = {".name", ".namespace", ".version", ".data"};
  const std::string key = prefix + one_of(members);
  switch (below(4)) {
    case 0:
      made.erase(key);
      break;
    case 1:
      made[key] = any_value(1);
      break;
    case 2:
      made[prefix + ".namespace"] = "nova";
      break;
    default:
      made[prefix + ".name"] = "Camel";
  }
}

Json Primitives::value(const std::string& object, const FieldSpec& field, int depth) {
  if (chance(field.nullable ? 10 : 1)) return nullptr;
  if (chance(1)) return any_value(1);
  return sound_value(object, field, depth);
}

Json Primitives::sound_value(const std::string& object, const FieldSpec& field, int depth) {
  const std::string& type = field.type.name;
  if (type == "ListOfObjects") {
    Json items = Json::array();
    if (depth < 3)
      for (auto left = below(3); left > 0; --left) items.push_back(primitive(field.type.object, depth + 1));
    if (chance(1)) items.push_back(any_value(1));
    return items;
  }
  Json keyed = Json::object();
  for (const auto& [path, values] : ruled_) {
    const std::string name = path.substr(object.size() + 1 > path.size() ? 0 : object.size() + 1);
    if (values.empty() || path.rfind(object + ".", 0) != 0 || field_of(name) != field.name || chance(30))
      continue;
    Json named = one_of(values);
    if (name.find(":scheme") != std::string::npos) return named.get<std::string>() + "://host/path";
    if (key_of(name).empty()) return named;
    keyed[key_of(name)] = std::move(named);
  }
  if (type == "Json") {
    if (keyed.empty() && chance(60)) return any_value(3);
    keyed["other"] = any_value(2);
    return keyed;
  }
  if (type == "Boolean") return chance(90) ? Json(chance(50)) : any_value(1);
  if (type == "Integer")
    return chance(85) ? Json(one_of(integers)) : chance(50) ? Json(one_of(floats)) : Json(one_of(texts));
  if (type == "Float")
    return chance(70) ? Json(one_of(floats)) : chance(50) ? Json(one_of(integers)) : Json(one_of(texts));
  if (type == "DateTime") return one_of(times);
  if (type == "Enum")
    return chance(95) ? field.type.values.at(below(field.type.values.size())) : Json(one_of(texts));
  if (chance(90)) return one_of(texts);
  return chance(50) ? Json(one_of(integers)) : chance(50) ? Json(one_of(floats)) : Json(chance(50));
}

Json Primitives::any_value(int depth) {
  switch (below(depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return chance(50);
    case 2:
      return one_of(integers);
    case 3:
      return one_of(floats);
    case 4:
      return one_of(texts);
    case 5: {
      Json list = Json::array();
      for (auto left = below(4); left > 0; --left) list.push_back(any_value(depth - 1));
      return list;
    }
    default: {
      Json map = Json::object();
      for (auto left = below(4); left > 0; --left) map[one_of(texts)] = any_value(depth - 1);
      return map;
    }
  }
}

}  // namespace caravan::peer

// Conversions that somebody's real code made.
#include "objects/conversions/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/json_at.hpp"
#include "objects/base/json_text.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan {
namespace {

/// Equal data, equal text: keys sorted at every level, the order of `changes` without meaning.
Json canonical(const Json& value, const std::string& changes_key) {
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(canonical(item, changes_key));
    return out;
  }
  if (!value.is_object()) return value;
  std::map<std::string, Json> sorted;
  for (const auto& item : value.items()) {
    Json one = canonical(item.value(), changes_key);
    if (item.key() == changes_key && one.is_array()) {
      if (one.empty()) continue;
      std::sort(one.begin(), one.end());
    }
    sorted.emplace(item.key(), std::move(one));
  }
  Json out = Json::object();
  for (auto& [key, one] : sorted) out[key] = std::move(one);
  return out;
}

Conversion conversion_of(const RecordedConversion* record) {
  Conversion out;
  if (record == nullptr) return out;
  out.kind = record->kind;
  out.primitive = record->output;
  out.error = record->error;
  return out;
}

std::vector<std::string> object_names(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const ClassSpec& spec : catalog.classes) {
    if (std::find(names.begin(), names.end(), spec.name) == names.end()) names.push_back(spec.name);
  }
  return names;
}

Version known_version(const JsonAt& at, const Catalog& catalog, const std::string& object) {
  std::vector<std::string> known;
  for (const ClassSpec& spec : catalog.classes) {
    if (spec.name == object) known.push_back(spec.version.text());
  }
  at.version();
  return Version(at.one_of(known, ("version of " + object).c_str()));
}

/// A primitive of that object at that version; its own label must say so.
void check_primitive(const JsonAt& at, const Catalog& catalog, const std::string& object,
                     const Version& version) {
  const std::string& prefix = catalog.serial_namespace;
  const JsonAt name = at.member(prefix + ".name"), label = at.member(prefix + ".version");
  if (name.text() != object) name.fail(fmt::format("a primitive of {} was expected", object));
  if (label.version() != version)
    label.fail(fmt::format("a primitive of {} {} was expected", object, version.text()));
  at.member(prefix + ".data").members();
  at.member(prefix + ".namespace").text();
}

RecordedConversion read_record(const JsonAt& at, const Catalog& catalog) {
  at.only({"object", "from", "target", "direction", "sample", "manifest", "input", "output", "refusal",
           "crash", "note"});
  RecordedConversion record;
  record.object = at.member("object").one_of(object_names(catalog), "object");
  record.from = known_version(at.member("from"), catalog, record.object);
  record.target = known_version(at.member("target"), catalog, record.object);
  if (at.has("direction"))
    record.forward = at.member("direction").one_of({"backport", "forward"}, "direction") == "forward";
  if (record.forward ? record.target < record.from : record.from < record.target) {
    at.member("target").fail(
        fmt::format("{} is {} than {}", record.target.text(), record.forward ? "older" : "newer",
                    record.from.text()),
        record.forward ? "an older primitive goes forward" : R"(say "direction": "forward")");
  }
  record.sample = at.text_or("sample", "");
  at.text_or("note", "");
  if (at.has("manifest")) {
    for (const auto& [object, version] : at.member("manifest").members()) {
      version.version();
      record.manifest.emplace(object, version.version());
    }
  }
  check_primitive(at.member("input"), catalog, record.object, record.from);
  record.input = at.member("input").json();
  int outcomes = 0;
  for (const char* key : {"output", "refusal", "crash"}) outcomes += at.has(key) ? 1 : 0;
  if (outcomes != 1) at.fail("a conversion has one of \"output\", \"refusal\" and \"crash\"");
  if (at.has("output")) {
    // What real code made may be wrong: that is for lint to say.
    at.member("output").members();
    record.output = at.member("output").json();
  } else {
    const bool refused = at.has("refusal");
    record.kind = refused ? Conversion::Kind::refused : Conversion::Kind::crashed;
    record.error = at.member(refused ? "refusal" : "crash").name();
  }
  return record;
}

}  // namespace

RecordedConversions::RecordedConversions(std::vector<RecordedConversion> records, std::string prefix)
    : prefix_(std::move(prefix)), records_(std::move(records)) {
  for (std::size_t i = 0; i < records_.size(); ++i)
    places_[key_of(records_[i].forward, records_[i].input, records_[i].target)].push_back(i);
}

RecordedConversions::Key RecordedConversions::key_of(bool forward, const Json& primitive,
                                                     const Version& target) const {
  return {forward, target.text() + " " + stable_text(primitive, prefix_)};
}

const RecordedConversion* RecordedConversions::find(bool forward, const Json& primitive,
                                                    const Version& target, const Versions& manifest) const {
  const auto found = places_.find(key_of(forward, primitive, target));
  if (found == places_.end()) return nullptr;
  const auto held = held_versions(primitive, prefix_);
  const auto says = [](const Versions& versions, const std::string& object) {
    const auto known = versions.find(object);
    return known == versions.end() ? std::string() : known->second.text();
  };
  const RecordedConversion *fitting = nullptr, *any = nullptr;
  for (const std::size_t place : found->second) {
    const RecordedConversion& record = records_[place];
    if (record.manifest == manifest) return &record;
    // Only what the primitive holds counts: a manifest may name more, or less, of what it could hold.
    const bool fits = std::all_of(held.begin(), held.end(), [&](const auto& entry) {
      return entry.first == record.object ||
             says(record.manifest, entry.first) == says(manifest, entry.first);
    });
    // On the way forward many recorders note the sender's manifest: it says nothing of the reader.
    const bool of_reader = !record.manifest.empty() && says(record.manifest, record.object) == target.text();
    if (fits && (of_reader || !forward)) fitting = &record;
    if (record.manifest.empty() || (forward && !of_reader)) any = &record;
  }
  return fitting != nullptr ? fitting : any;
}

Conversion RecordedConversions::backport(const Json& primitive, const Version& target,
                                         const Versions& manifest) const {
  return conversion_of(find(false, primitive, target, manifest));
}

Conversion RecordedConversions::forward(const Json& primitive, const Version& target,
                                        const Versions& manifest) const {
  return conversion_of(find(true, primitive, target, manifest));
}

std::string stable_text(const Json& primitive, const std::string& prefix) {
  return canonical(primitive, prefix + ".changes").dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::map<std::string, std::set<std::string>> held_versions(const Json& primitive, const std::string& prefix) {
  std::map<std::string, std::set<std::string>> held;
  if (!primitive.is_structured()) return held;
  if (primitive.is_object()) {
    const auto name = primitive.find(prefix + ".name"), version = primitive.find(prefix + ".version");
    if (name != primitive.end() && version != primitive.end() && name->is_string() && version->is_string())
      held[name->get<std::string>()].insert(version->get<std::string>());
  }
  for (const Json& item : primitive)
    for (auto& [object, versions] : held_versions(item, prefix))
      held[object].insert(versions.begin(), versions.end());
  return held;
}

std::vector<RecordedConversion> load_conversions_text(std::string_view text, const std::string& where,
                                                      const Catalog& catalog) {
  const Json document = parse_json_strict(text, where);
  const JsonAt at(document, where, text);
  at.only({"format", "about", "conversions"});
  at.member("format").one_of({"caravan-conversions/1"}, "format");
  at.text_or("about", "");
  std::vector<RecordedConversion> records;
  for (const JsonAt& item : at.member("conversions").items()) records.push_back(read_record(item, catalog));
  return records;
}

std::vector<RecordedConversion> load_conversions(const std::filesystem::path& file, const Catalog& catalog) {
  return load_conversions_text(read_text_file(file), file.string(), catalog);
}

Json to_json(const std::vector<RecordedConversion>& records) {
  Json out = Json::object();
  out["format"] = "caravan-conversions/1";
  out["conversions"] = Json::array();
  for (const RecordedConversion& record : records) {
    Json one = Json::object();
    one["object"] = record.object;
    one["from"] = record.from.text();
    one["target"] = record.target.text();
    if (record.forward) one["direction"] = "forward";
    if (!record.sample.empty()) one["sample"] = record.sample;
    for (const auto& [object, version] : record.manifest) one["manifest"][object] = version.text();
    one["input"] = record.input;
    if (record.kind == Conversion::Kind::primitive) one["output"] = record.output;
    if (record.kind == Conversion::Kind::refused) one["refusal"] = record.error;
    if (record.kind == Conversion::Kind::crashed) one["crash"] = record.error;
    out["conversions"].push_back(std::move(one));
  }
  return out;
}

}  // namespace caravan

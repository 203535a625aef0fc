// Conversions that somebody's real code made.
#include "objects/recorded_conversions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/catalog.hpp"
#include "objects/json_at.hpp"
#include "objects/json_text.hpp"

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

RecordedConversions::RecordedConversions(const std::vector<RecordedConversion>& records,
                                         const std::string& prefix)
    : prefix_(prefix) {
  for (const RecordedConversion& record : records) {
    records_[key_of(record.forward, record.input, record.target)].push_back(record);
    auto& inputs = samples_[record.object][record.from];
    const Json input = canonical(record.input, prefix_ + ".changes");
    const bool known = std::any_of(inputs.begin(), inputs.end(), [&](const Json& other) {
      return canonical(other, prefix_ + ".changes") == input;
    });
    if (!known) inputs.push_back(record.input);
  }
}

RecordedConversions::Key RecordedConversions::key_of(bool forward, const Json& primitive,
                                                     const Version& target) const {
  return {
      forward,
      target.text() + " " +
          canonical(primitive, prefix_ + ".changes").dump(-1, ' ', false, Json::error_handler_t::replace)};
}

const RecordedConversion* RecordedConversions::find(bool forward, const Json& primitive,
                                                    const Version& target, const Versions& manifest) const {
  const auto found = records_.find(key_of(forward, primitive, target));
  if (found == records_.end()) return nullptr;
  const RecordedConversion* any = nullptr;
  for (const RecordedConversion& record : found->second) {
    if (record.manifest == manifest) return &record;
    // A recorded manifest may name more than the object can hold.
    const bool fits = std::all_of(manifest.begin(), manifest.end(), [&](const auto& entry) {
      const auto own = record.manifest.find(entry.first);
      return own != record.manifest.end() && own->second == entry.second;
    });
    if (record.manifest.empty() || fits || forward) any = &record;
  }
  return any;
}

Conversion RecordedConversions::backport(const Json& primitive, const Version& target,
                                         const Versions& manifest) const {
  return conversion_of(find(false, primitive, target, manifest));
}

Conversion RecordedConversions::forward(const Json& primitive, const Version& target) const {
  return conversion_of(find(true, primitive, target, {}));
}

std::vector<Json> RecordedConversions::samples(const std::string& object, const Version& from) const {
  const auto versions = samples_.find(object);
  if (versions == samples_.end()) return {};
  const auto inputs = versions->second.find(from);
  return inputs == versions->second.end() ? std::vector<Json>() : inputs->second;
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

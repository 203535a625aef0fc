// objects show: one version of an object, with all that is promised about it.
#include <fmt/format.h>

#include <algorithm>

#include "harness/cli/objects.hpp"
#include "objects/catalog/describe.hpp"
#include "objects/catalog/diff.hpp"
#include "objects/model/fingerprint.hpp"
#include "objects/model/registry.hpp"
#include "reports/formats/render.hpp"

namespace caravan::harness {
namespace {

struct Shown {
  const Catalog& whole;
  Catalog cut;  ///< as of the version
  const ClassSpec* spec = nullptr;
  const ClassHistory* history = nullptr;
};

const Contract* contract_of(const Shown& shown, const std::string& field) {
  if (shown.history == nullptr) return nullptr;
  for (const auto& contract : shown.history->contracts)
    if (contract.field == field) return &contract;
  return nullptr;
}

Json pairs_json(const std::vector<std::pair<Version, Version>>& pairs) {
  Json out = Json::object();
  for (const auto& [own, child] : pairs) out[own.text()] = child.text();
  return out;
}

Json field_json(const Shown& shown, const FieldSpec& field) {
  Json out{{"name", field.name}, {"type", describe(field.type)}, {"nullable", field.nullable}};
  out["default"] = field.default_value ? *field.default_value : Json("unspecified");
  if (field.read_only) out["read_only"] = true;
  if (field.create_default) out["created_as"] = *field.create_default;
  if (field.deferred) out["loaded_lazily"] = true;
  if (!field.type.values.empty()) out["values"] = field.type.values;
  if (!field.type.object.empty()) out["class"] = field.type.object;
  if (field.column) out["column"] = field.column->sql;
  const auto related = shown.spec->relationships.find(field.name);
  if (related != shown.spec->relationships.end()) out["child_versions"] = pairs_json(related->second);
  const Contract* contract = contract_of(shown, field.name);
  if (contract == nullptr) return out;
  if (contract->since) out["since"] = contract->since->text();
  // The newest catalog knows where a field ends.
  if (const auto* later = shown.whole.contract(shown.spec->name, field.name);
      later != nullptr && later->until && later->field == field.name)
    out["until"] = later->until->text();
  Json sets = Json::array();
  for (const auto& set : closed_sets(*contract))
    if (!set.path.empty())
      sets.push_back(Json{{"place", place_in_field(field.name, set.path)}, {"values", set.values}});
  if (!sets.empty()) out["closed_sets"] = std::move(sets);
  const auto words = describe(*contract);
  if (!words.empty()) out["contract"] = words;
  if (!contract->note.empty()) out["note"] = contract->note;
  return out;
}

Json rules_json(const std::vector<Rule>& rules) {
  Json out = Json::array();
  for (const auto& rule : rules) out.push_back(Json{{"below", rule.below.text()}, {"rule", describe(rule)}});
  return out;
}

Json show_json(const Shown& shown) {
  const ClassSpec& spec = *shown.spec;
  Json out{{"name", spec.name}, {"version", spec.version.text()}};
  Json versions = Json::array();
  for (const auto& version : versions_of(shown.whole, spec.name)) {
    Json one{{"version", version.text()}};
    one["releases"] = releases_with(shown.whole, spec.name, version);
    versions.push_back(std::move(one));
  }
  out["versions"] = std::move(versions);
  if (!spec.table.empty()) out["table"] = spec.table;
  if (shown.history != nullptr) out["core"] = shown.history->core;
  const ClassRegistry registry(shown.whole);
  out["fingerprint"] = fingerprint(*registry.exact(spec.name, spec.version.text()));
  out["fields"] = Json::array();
  for (const auto& field : spec.fields) out["fields"].push_back(field_json(shown, field));
  if (spec.child_versions) out["child_versions"] = pairs_json(*spec.child_versions);
  if (!spec.extra_fields.empty()) out["extra_fields"] = spec.extra_fields;
  for (const Json& method : spec.methods)
    if (method.value("kind", "") != "plain") out["remotable"].push_back(method.at("name"));
  if (spec.compat && !spec.compat->rules.empty()) out["backport"] = rules_json(spec.compat->rules);
  if (!spec.forward.empty()) out["forward"] = rules_json(spec.forward);
  if (shown.history != nullptr && !shown.history->refusals.empty()) {
    out["refusals"] = Json::array();
    for (const auto& refusal : shown.history->refusals)
      out["refusals"].push_back(
          Json{{"below", refusal.below.text()}, {"refused", describe(refusal)}, {"why", refusal.why}});
  }
  return out;
}

std::string text(const Json& json, const char* member) { return json.at(member).get<std::string>(); }

std::vector<std::string> quoted(const Json& values) {
  std::vector<std::string> out;
  for (const Json& value : values) out.push_back(shown(value));
  return out;
}

/// "1.2 has 1.0" of each.
std::vector<std::string> pairs_words(const Json& pairs) {
  std::vector<std::string> out;
  for (const auto& pair : pairs.items())
    out.push_back(pair.key() + " has " + pair.value().get<std::string>());
  return out;
}

std::string field_text(const Shown& shown, const Json& json, const FieldSpec& field, std::size_t width) {
  std::string out =
      filled(describe(field), fmt::format("  {:<{}}  ", field.name, width), std::string(width + 4, ' '));
  const std::string indent = "      ";
  if (json.contains("values")) out += filled(quoted(json["values"]), indent + "values: ", indent + "  ");
  if (json.contains("closed_sets"))
    for (const Json& set : json["closed_sets"])
      out += filled(quoted(set["values"]), indent + text(set, "place") + ": ", indent + "  ");
  if (json.contains("child_versions"))
    out += filled(pairs_words(json["child_versions"]), indent + "child versions: ", indent + "  ");
  std::vector<std::string> words;
  if (const Contract* contract = contract_of(shown, field.name)) words = describe(*contract);
  if (json.contains("until")) words.push_back("gone since " + text(json, "until"));
  if (!words.empty()) out += filled(joined(words, "; "), indent, indent);
  if (json.contains("note")) out += filled("(" + text(json, "note") + ")", indent, indent);
  return out;
}

std::string rules_text(const Json& json, const char* member, const std::string& title) {
  if (!json.contains(member)) return {};
  std::string out = title + "\n";
  for (const Json& rule : json[member])
    out +=
        filled(text(rule, "rule"), fmt::format("  below {:<5} ", text(rule, "below")), std::string(14, ' '));
  return out;
}

std::string show_text(const Shown& given, const Json& json) {
  const ClassSpec& spec = *given.spec;
  std::string out = fmt::format("{} {}", spec.name, spec.version.text());
  if (!spec.table.empty()) out += ", table " + spec.table;
  if (!json.value("core", true)) out += ", auxiliary";
  out += "\nfingerprint " + text(json, "fingerprint") + "\n";
  out += "versions\n";
  for (const Json& version : json["versions"]) {
    const auto name = text(version, "version");
    out +=
        filled(release_span(given.whole, version["releases"].get<std::vector<std::string>>()),
               fmt::format("{} {:<6}", name == spec.version.text() ? " *" : "  ", name), std::string(9, ' '));
  }
  std::size_t width = 0;
  for (const auto& field : spec.fields) width = std::max(width, field.name.size());
  out += fmt::format("fields ({})\n", spec.fields.size());
  for (std::size_t i = 0; i < spec.fields.size(); ++i)
    out += field_text(given, json["fields"][i], spec.fields[i], width);
  if (json.contains("child_versions"))
    out += filled(pairs_words(json["child_versions"]), "child_versions: ", "  ");
  std::vector<std::string> extras;
  for (const Json& extra : spec.extra_fields) extras.push_back(text(extra, "name"));
  if (!extras.empty()) out += filled(extras, "obj_extra_fields: ", "  ");
  if (json.contains("remotable"))
    out += filled(json["remotable"].get<std::vector<std::string>>(), "remotable: ", "  ");
  out += rules_text(json, "backport", "obj_make_compatible: what older receivers get");
  out += rules_text(json, "forward", "forward: what an older sender's primitive becomes");
  if (json.contains("refusals")) {
    out += "an older peer must not be given the work\n";
    for (const Json& refusal : json["refusals"])
      out += filled(text(refusal, "refused") + ": " + text(refusal, "why"),
                    fmt::format("  below {:<5} ", text(refusal, "below")), std::string(14, ' '));
  }
  return out;
}

/// What @VERSION and --release say, else the newest.
Version chosen_version(const Catalog& catalog, const ObjectVersion& wanted, const Options& options) {
  if (options.release.empty())
    return wanted.version ? *wanted.version : versions_of(catalog, wanted.name).back();
  const auto& release = release_named(catalog, options.release, "--release");
  const auto entry = release.manifest.find(wanted.name);
  if (entry == release.manifest.end())
    throw bad_request("--release", release.name + " does not know " + wanted.name);
  if (wanted.version && *wanted.version != entry->second)
    throw bad_request("--release", fmt::format("{} has {} {}, not {}", release.name, wanted.name,
                                               entry->second.text(), wanted.version->text()));
  return entry->second;
}

}  // namespace

int cli_objects_show(const Options& options) {
  const auto whole = with_inherited_fields(catalog_at(options.catalogs));
  const auto wanted = object_version(whole, options.inputs.front(), "caravan objects show");
  const auto version = chosen_version(whole, wanted, options);
  Shown shown{whole, snapshot_of_version(whole, wanted.name, version)};
  shown.spec = shown.cut.find(wanted.name, version);
  shown.history = shown.cut.history(wanted.name);
  const Json json = show_json(shown);
  options.json ? print_out(json.dump(2) + "\n")
               : show_out(reports::folded(show_text(shown, json), screen().width));
  return 0;
}

}  // namespace caravan::harness

// What lint holds conversions against.
#include "reports/lint/promise.hpp"

#include <algorithm>
#include <set>

#include "reports/lint/facts.hpp"

namespace caravan::lint {
namespace {

void add_field(std::vector<FieldSpec>& fields, const FieldSpec& field) {
  const bool known =
      std::any_of(fields.begin(), fields.end(), [&](const FieldSpec& f) { return f.name == field.name; });
  if (!known) fields.push_back(field);
}

template <class T>
void forget_after(std::vector<T>& steps, const Version& version) {
  steps.erase(std::remove_if(steps.begin(), steps.end(), [&](const T& step) { return version < step.below; }),
              steps.end());
}

const FieldSpec* find_spec(const ClassSpec& spec, const std::string& name) {
  for (const auto& field : spec.fields)
    if (field.name == name) return &field;
  return nullptr;
}

/// Same name, same field, from the first version that has it to the last.
Contract derive(const LintObject& object, const std::string& field) {
  Contract contract;
  contract.field = field;
  std::size_t first = object.specs.size(), last = 0;
  for (std::size_t i = 0; i < object.specs.size(); ++i) {
    if (find_spec(object.specs[i], field) == nullptr) continue;
    first = std::min(first, i);
    last = i;
  }
  if (first > 0) contract.since = object.versions[first];
  if (last + 1 < object.specs.size()) contract.until = object.versions[last + 1];
  return contract;
}

void promise_fields(LintObject& object) {
  std::set<std::string> covered;
  if (object.history != nullptr) {
    for (const auto& contract : object.history->contracts) {
      object.fields.push_back({contract, false, {}, {}, {}});
      covered.insert(contract.field);
      if (contract.was_called) covered.insert(contract.was_called->first);
    }
  }
  for (auto spec = object.specs.rbegin(); spec != object.specs.rend(); ++spec)
    for (const auto& field : spec->fields)
      if (covered.insert(field.name).second)
        object.fields.push_back({derive(object, field.name), true, {}, {}, {}});
  for (auto& promised : object.fields) {
    for (std::size_t i = 0; i < object.versions.size(); ++i) {
      Contract known = promised.contract;
      forget_after(known.seen_as, object.versions[i]);
      forget_after(known.limits, object.versions[i]);
      forget_after(known.forward, object.versions[i]);
      promised.known_at.push_back(std::move(known));
      promised.names.push_back(name_at(promised.contract, object.versions[i]));
      promised.specs.push_back(exists_at(promised.contract, object.versions[i])
                                   ? find_spec(object.specs[i], promised.names.back())
                                   : nullptr);
    }
  }
}

void collect_held(const FieldSpec& field, std::vector<std::string>& out) {
  if (!field.type.object.empty() && std::find(out.begin(), out.end(), field.type.object) == out.end())
    out.push_back(field.type.object);
  if (field.type.element) collect_held(*field.type.element, out);
}

/// The object and all that any of its versions can hold.
void reach(const Promises& promise, const std::string& name, std::set<std::string>& seen) {
  if (!seen.insert(name).second) return;
  const auto* object = promise.object(name);
  if (object == nullptr) return;
  for (const auto& spec : object->specs)
    for (const auto& field : spec.fields)
      for (const auto& held : held_classes(field)) reach(promise, held, seen);
}

/// Children as they went with that version, by OVO's obj_relationships; others newest or oldest.
void accompany(const Promises& promise, const LintObject& object, std::size_t version, bool newest,
               Conversions::Versions& manifest) {
  if (!manifest.emplace(object.name, object.versions[version]).second) return;
  for (const auto& field : object.specs[version].fields)
    for (const auto& held : held_classes(field)) {
      const auto* child = promise.object(held);
      if (child == nullptr) continue;
      std::size_t which = newest ? child->versions.size() - 1 : 0;
      const auto pairs = object.specs[version].relationships.find(field.name);
      if (pairs != object.specs[version].relationships.end())
        for (const auto& [own, its] : pairs->second)
          if (own <= object.versions[version]) which = child->index(its).value_or(which);
      accompany(promise, *child, which, newest, manifest);
    }
}

}  // namespace

ClassSpec resolved(const Catalog& catalog, const ClassSpec& spec) {
  ClassSpec out = spec;
  const auto timestamp = [](const char* name) {
    FieldSpec field;
    field.name = name;
    field.type.name = "DateTime";
    field.nullable = true;
    return field;
  };
  for (const auto& mixin : spec.mixins) {
    if (mixin != "TimestampedObject") continue;
    add_field(out.fields, timestamp("created_at"));
    add_field(out.fields, timestamp("updated_at"));
  }
  if (spec.parent.empty()) return out;
  for (const auto& other : catalog.classes) {
    if (&other == &spec || other.name + "@" + other.version.text() != spec.parent) continue;
    const ClassSpec parent = resolved(catalog, other);
    for (const auto& field : parent.fields) add_field(out.fields, field);
    if (out.relationships.empty()) out.relationships = parent.relationships;
    break;
  }
  return out;
}

std::vector<std::string> held_classes(const FieldSpec& field) {
  std::vector<std::string> out;
  collect_held(field, out);
  return out;
}

std::optional<std::size_t> LintObject::index(const Version& version) const {
  const auto found = std::find(versions.begin(), versions.end(), version);
  if (found == versions.end()) return std::nullopt;
  return static_cast<std::size_t>(found - versions.begin());
}

const Promised* LintObject::field(const std::string& name_there, std::size_t version) const {
  for (const auto& one : fields)
    if (one.names[version] == name_there && one.specs[version] != nullptr) return &one;
  return nullptr;
}

const FieldSpec* LintObject::spec(const std::string& name_there, std::size_t version) const {
  return find_spec(specs[version], name_there);
}

Promises::Promises(const Catalog& the_catalog, const Catalog* the_code)
    : catalog(the_catalog),
      code(the_code == nullptr ? the_catalog : *the_code),
      name_key(the_catalog.serial_namespace + ".name"),
      space_key(the_catalog.serial_namespace + ".namespace"),
      version_key(the_catalog.serial_namespace + ".version"),
      data_key(the_catalog.serial_namespace + ".data"),
      changes_key(the_catalog.serial_namespace + ".changes") {
  for (const auto& spec : catalog.classes) {
    if (!spec.registered) continue;
    auto found = std::find_if(objects.begin(), objects.end(),
                              [&](const LintObject& object) { return object.name == spec.name; });
    if (found == objects.end()) {
      objects.emplace_back();
      found = objects.end() - 1;
      found->name = spec.name;
      found->history = catalog.history(spec.name);
    }
    // A version that is registered again replaces the one before, as in OVO.
    std::size_t at = 0;
    while (at < found->versions.size() && found->versions[at] < spec.version) ++at;
    const auto place = static_cast<std::ptrdiff_t>(at);
    if (at < found->versions.size() && found->versions[at] == spec.version) {
      found->specs[at] = resolved(catalog, spec);
    } else {
      found->versions.insert(found->versions.begin() + place, spec.version);
      found->specs.insert(found->specs.begin() + place, resolved(catalog, spec));
    }
  }
  for (auto& object : objects) {
    promise_fields(object);
    for (const auto& spec : code.classes)
      if (spec.registered && spec.name == object.name) object.code.push_back(&spec);
    std::stable_sort(object.code.begin(), object.code.end(),
                     [](const ClassSpec* a, const ClassSpec* b) { return a->version < b->version; });
  }
  for (auto& object : objects) speak(object);
}

void Promises::speak(LintObject& object) const {
  std::set<std::string> reachable;
  reach(*this, object.name, reachable);
  for (const auto& release : catalog.releases) {
    const auto own = release.manifest.find(object.name);
    if (own == release.manifest.end()) continue;
    const auto version = object.index(own->second);
    if (!version) continue;
    Speaker speaker;
    speaker.version = *version;
    for (const auto& name : reachable) {
      const auto held = release.manifest.find(name);
      if (held != release.manifest.end()) speaker.manifest.emplace(name, held->second);
    }
    const auto same_speaker =
        std::find_if(object.speakers.begin(), object.speakers.end(), [&](const Speaker& other) {
          return other.version == speaker.version && other.manifest == speaker.manifest;
        });
    if (same_speaker != object.speakers.end()) {
      same_speaker->releases.push_back(release.name);
    } else {
      speaker.releases.push_back(release.name);
      object.speakers.push_back(std::move(speaker));
    }
  }
  for (std::size_t i = 0; i < object.versions.size(); ++i) {
    const bool spoken = std::any_of(object.speakers.begin(), object.speakers.end(),
                                    [&](const Speaker& speaker) { return speaker.version == i; });
    if (spoken) continue;
    for (const bool newest : {false, true}) {
      Speaker speaker;
      speaker.version = i;
      accompany(*this, object, i, newest, speaker.manifest);
      const bool known = std::any_of(
          object.speakers.begin(), object.speakers.end(),
          [&](const Speaker& other) { return other.version == i && other.manifest == speaker.manifest; });
      if (!known) object.speakers.push_back(std::move(speaker));
    }
  }
  std::stable_sort(object.speakers.begin(), object.speakers.end(),
                   [](const Speaker& a, const Speaker& b) { return a.version < b.version; });
}

const LintObject* Promises::object(const std::string& name) const {
  for (const auto& one : objects)
    if (one.name == name) return &one;
  return nullptr;
}

int Promises::age(const std::string& release) const {
  for (std::size_t i = 0; i < catalog.releases.size(); ++i)
    if (catalog.releases[i].name == release) return static_cast<int>(i);
  return -1;
}

bool Promises::is_primitive(const Json& value) const {
  return value.is_object() && value.contains(name_key) && value.contains(data_key);
}

std::optional<Promises::Opened> Promises::open(const Json& primitive) const {
  if (!is_primitive(primitive)) return std::nullopt;
  Opened opened;
  opened.object = object(text_at(primitive, name_key.c_str()));
  opened.data = &member(primitive, data_key.c_str());
  if (opened.object == nullptr || !opened.data->is_object()) return std::nullopt;
  if (const auto stamp = read_version(text_at(primitive, version_key.c_str())))
    opened.version = opened.object->index(*stamp);
  const Json& changes = member(primitive, changes_key.c_str());
  if (changes.is_array()) opened.changes = &changes;
  return opened;
}

}  // namespace caravan::lint

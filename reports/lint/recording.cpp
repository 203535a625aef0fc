// What a recording holds, and what its samples leave out.
#include "reports/lint/recording.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/utf8.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/value.hpp"

namespace caravan::lint {
namespace {

/// Whether the contract, or the closed set of the field, speaks of a part of a value one by one.
bool spoken_of(const Contract& contract, const FieldSpec& spec, const std::string& path, const Json& part) {
  const auto among = [&](const std::vector<Json>& values) {
    return std::any_of(values.begin(), values.end(), [&](const Json& one) { return same(one, part); });
  };
  if (path.empty() && spec.type.values.is_array() && part.is_string()) return true;
  for (const auto& seen : contract.seen_as)
    if (seen.path == path && same(seen.value, part)) return true;
  for (const auto& forward : contract.forward)
    if (forward.path == path && same(forward.value, part)) return true;
  for (const auto& limit : contract.limits)
    if (limit.path == path && among(limit.values)) return true;
  return std::any_of(contract.legal.begin(), contract.legal.end(), [&](const Contract::Legal& legal) {
    return legal.path == path && (among(legal.values) || among(legal.passes));
  });
}

std::string path_text(const std::string& field, const std::string& path) {
  if (path.empty() || path == ":scheme") return field + path;
  return field + "." + path;
}

}  // namespace

bool may_write_to(const Speaker& writer, const Speaker& reader) {
  if (writer.version < reader.version || &writer == &reader) return false;
  for (const auto& [name, version] : reader.manifest) {
    const auto own = writer.manifest.find(name);
    if (own != writer.manifest.end() && own->second < version) return false;
  }
  return true;
}

Recording::Recording(const Promises& promise, const std::vector<RecordedConversion>& records)
    : promise_(promise), records_(records) {
  const auto& prefix = promise_.catalog.serial_namespace;
  std::map<std::string, int> came_out;
  for (const auto& record : records_)
    if (record.kind == Conversion::Kind::primitive) ++came_out[stable_text(record.output, prefix)];
  std::set<std::string> known;
  for (const auto& record : records_) {
    const auto opened = promise_.open(record.input);
    if (!opened || !opened->version) continue;
    show(record, record.input);
    const auto text = stable_text(record.input, prefix);
    if (!known.insert(text).second) continue;
    // What is its own outcome came out of nothing else.
    const bool itself =
        record.kind == Conversion::Kind::primitive && stable_text(record.output, prefix) == text;
    const auto times = came_out.find(text);
    const bool source = times == came_out.end() || times->second == (itself ? 1 : 0);
    own_[{opened->object->name, *opened->version}].push_back(
        {record.input, held(record.input).size() > 1, source, source});
  }
}

/// Everything within an input goes from its own version to the one that its reader knows.
void Recording::show(const RecordedConversion& record, const Json& value) {
  if (!value.is_structured()) return;
  for (const auto& item : value) show(record, item);
  if (!promise_.is_primitive(value)) return;
  const auto opened = promise_.open(value);
  if (!opened || !opened->version) {
    const auto text = [&](const std::string& key) {
      const auto found = value.find(key);
      return found != value.end() && found->is_string() ? found->get<std::string>() : std::string("?");
    };
    strangers_[record.object].insert(text(promise_.name_key) + " " + text(promise_.version_key));
    return;
  }
  const auto& object = *opened->object;
  const auto own = record.manifest.find(record.object);
  const bool of_reader = own == record.manifest.end() || own->second == record.target;
  const auto& manifest = of_reader ? record.manifest : Conversions::Versions();
  const auto said = manifest.find(object.name);
  for (std::size_t to = 0; to < object.versions.size(); ++to) {
    const bool meant = &value == &record.input  ? object.versions[to] == record.target
                       : said != manifest.end() ? object.versions[to] == said->second
                                                : record.forward == (*opened->version < to);
    if (meant)
      shown_[{object.name, *opened->version, to}].merge(
          marks(object, *opened->version, to, manifest, *opened->data));
  }
}

bool Recording::has(const LintObject& object, std::size_t from, std::size_t to) const {
  return shown_.count({object.name, from, to}) != 0;
}

Recording::Held Recording::held(const Json& primitive) const {
  Held out;
  if (!primitive.is_structured()) return out;
  if (const auto opened = promise_.open(primitive); opened && opened->version)
    out.emplace_back(opened->object, *opened->version);
  for (const auto& item : primitive)
    for (const auto& one : held(item)) out.push_back(one);
  return out;
}

bool Recording::sends(const Speaker& speaker, const Held& inside) {
  return std::all_of(inside.begin(), inside.end(), [&](const auto& one) {
    const auto known = speaker.manifest.find(one.first->name);
    return known != speaker.manifest.end() && known->second == one.first->versions[one.second];
  });
}

std::vector<Sample> Recording::samples(const LintObject& object, const Speaker& speaker) const {
  std::vector<Sample> out;
  const auto inputs = own_.find({object.name, speaker.version});
  if (inputs == own_.end()) return out;
  for (const auto& sample : inputs->second)
    if (sends(speaker, held(sample.primitive))) out.push_back(sample);
  return out;
}

std::vector<const RecordedConversion*> Recording::strays(const LintObject& object) const {
  std::vector<const RecordedConversion*> out;
  for (const auto& record : records_) {
    if (record.object != object.name) continue;
    const auto inside = held(record.input);
    const auto agrees = [&](const Speaker& reader) {
      return reader.version == object.index(record.target) &&
             (record.forward || record.manifest.empty() ||
              std::all_of(inside.begin(), inside.end(), [&](const auto& one) {
                const auto said = record.manifest.find(one.first->name);
                const auto known = reader.manifest.find(one.first->name);
                return one.first == &object ||
                       (said != record.manifest.end() && known != reader.manifest.end() &&
                        said->second == known->second);
              }));
    };
    const bool asked =
        std::any_of(object.speakers.begin(), object.speakers.end(), [&](const Speaker& writer) {
          return sends(writer, inside) &&
                 std::any_of(object.speakers.begin(), object.speakers.end(), [&](const Speaker& reader) {
                   return agrees(reader) &&
                          (record.forward ? may_write_to(reader, writer) : may_write_to(writer, reader));
                 });
        });
    // OVO has no way to a child that is newer than what is there.
    const bool upwards = !record.forward && std::any_of(inside.begin(), inside.end(), [&](const auto& one) {
      const auto said = record.manifest.find(one.first->name);
      return said != record.manifest.end() && one.first->versions[one.second] < said->second;
    });
    if (!asked && !upwards) out.push_back(&record);
  }
  return out;
}

Recording::Marks Recording::marks(const LintObject& object, std::size_t from, std::size_t to,
                                  const Conversions::Versions& manifest, const Json& data) const {
  Marks out;
  for (auto it = data.begin(); it != data.end(); ++it) {
    const auto* promised = object.field(it.key(), from);
    if (promised == nullptr) continue;
    if (!held_classes(*promised->specs[from]).empty()) child_marks(it.key(), manifest, it.value(), out);
    if (from == to) continue;  // only children are converted
    if (!it.value().is_null() && held_classes(*promised->specs[from]).empty()) out.insert({it.key(), "", ""});
    value_marks(object, *promised, from, to, it.value(), out);
  }
  // Only a sample that sets enough shows what nobody fills for its reader.
  for (const auto& promised : object.fields) {
    const auto* spec = promised.specs[to];
    if (promised.specs[from] != nullptr || spec == nullptr) continue;
    if (to > from ? spec->nullable : !promised.contract.until) continue;
    if (sets_enough(object, from, data, spec->nullable))
      out.insert({"", spec->nullable ? "all that it has" : "all that may not be null", ""});
  }
  return out;
}

/// Values that the other version takes otherwise: null where it may not be, words that it does not know.
void Recording::value_marks(const LintObject& object, const Promised& promised, std::size_t from,
                            std::size_t to, const Json& value, Marks& out) const {
  const auto& spec = *promised.specs[from];
  const auto* there = promised.specs[to];
  if (there == nullptr) return;
  if (value.is_null()) {
    if (!there->nullable) out.insert({spec.name, "as null", ""});
    return;
  }
  const auto became = expected(object, promised, from, to, value);
  for (const auto& path : paths_of(promised.contract)) {
    const auto part = part_at(value, path);
    if (!part || !spoken_of(promised.contract, spec, path, *part)) continue;
    const auto is = became.kind == Projected::Kind::value ? part_at(became.value, path) : std::nullopt;
    const bool otherwise = became.kind == Projected::Kind::refused ||
                           (became.kind == Projected::Kind::value &&
                            (!is || !same(*is, *part) || misfit(object, *there, to, became.value)));
    if (otherwise) out.insert({path_text(spec.name, path), "as " + shown(*part), ""});
  }
  for (const auto& limit : promised.contract.limits)
    if (limit.length && limit.path.empty() && object.versions[to] < limit.below && value.is_string() &&
        utf8::length(value.get<std::string>()) > static_cast<std::size_t>(*limit.length))
      out.insert({spec.name, fmt::format("with more than {} characters", *limit.length), ""});
}

void Recording::child_marks(const std::string& path, const Conversions::Versions& manifest, const Json& value,
                            Marks& out) const {
  if (!value.is_structured()) return;
  const auto child = promise_.open(value);
  if (!child) {
    for (const auto& item : value) child_marks(path, manifest, item, out);
    return;
  }
  if (!child->version) return;
  const auto& name = child->object->name;
  const auto spoken = manifest.find(name);
  out.insert({path, fmt::format("with {} {}", name, child->object->versions[*child->version].text()),
              spoken == manifest.end() ? "" : fmt::format("{} {}", name, spoken->second.text())});
  for (auto it = child->data->begin(); it != child->data->end(); ++it)
    child_marks(path + "." + it.key(), manifest, it.value(), out);
}

std::vector<Unmarked> Recording::unmarked(const LintObject& object, const Speaker& writer,
                                          const Speaker& reader, const std::vector<Sample>& wanted) const {
  static const Marks nothing;
  const auto way = shown_.find({object.name, writer.version, reader.version});
  const auto& found = way == shown_.end() ? nothing : way->second;
  std::map<Mark, Json> missing;
  for (const auto& sample : wanted)
    for (const auto& mark : marks(object, writer.version, reader.version, reader.manifest,
                                  sample.primitive.at(promise_.data_key))) {
      if (found.count(mark) != 0 || found.count({mark.field, mark.what, ""}) != 0) continue;
      auto& smallest = missing[mark];
      if (smallest.is_null() || sample.primitive.dump().size() < smallest.dump().size())
        smallest = sample.primitive;
    }
  std::vector<Unmarked> out;
  for (auto& [mark, sample] : missing) out.push_back({mark, std::move(sample)});
  return out;
}

}  // namespace caravan::lint

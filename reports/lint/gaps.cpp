// What a recording leaves open.
#include "reports/lint/gaps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"

namespace caravan::lint {

void Gaps::talk(const LintObject& object, const Speaker& writer, const Speaker& reader) {
  talks_[&object][{writer.version, reader.version}].emplace_back(&writer, &reader);
}

void Gaps::asked(const LintObject& object, const Speaker& writer, const Speaker& reader, Ask why,
                 const Json& primitive, bool known) {
  auto& open = open_[{&object, {&writer, &reader}, why}];
  ++open.asked;
  if (!known) open.missing.push_back(ask_for(object, {&writer, &reader}, primitive));
}

Json Gaps::ask_for(const LintObject& object, const Talk& talk, const Json& input) const {
  const auto& [writer, reader] = talk;
  Json out = Json::object();
  out["object"] = object.name;
  out["from"] = object.versions[writer->version].text();
  out["target"] = object.versions[reader->version].text();
  if (!may_write_to(*writer, *reader)) out["direction"] = "forward";
  for (const auto& [name, version] : reader->manifest) out["manifest"][name] = version.text();
  out["input"] = input;
  return out;
}

Unrecorded Gaps::about(const LintObject& object, const Talk& talk) const {
  Unrecorded out;
  out.object = object.name;
  out.from = object.versions[talk.first->version].text();
  out.to = object.versions[talk.second->version].text();
  if (!talk.first->releases.empty()) out.writer = talk.first->releases.front();
  if (!talk.second->releases.empty()) out.reader = talk.second->releases.back();
  return out;
}

/// One way from version to version, by all who go it.
void Gaps::way(const LintObject& object, const std::vector<Talk>& talks, std::vector<Unrecorded>& out) const {
  const auto& first = talks.front();
  Unrecorded unset = about(object, first);
  if (first.first->version != first.second->version &&
      !recording_.has(object, first.first->version, first.second->version)) {
    unset.what = "nothing";
    unset.asks.push_back(
        ask_for(object, first, samples_of(promise_, object, *first.first).front().primitive));
    out.push_back(std::move(unset));
    return;
  }
  std::vector<std::string> fields;
  std::set<Mark> said;
  for (const auto& talk : talks) {
    auto wanted = samples_of(promise_, object, *talk.first);
    if (talk != first) wanted.resize(1);  // whole: only the children's versions differ
    for (const auto& one : recording_.unmarked(object, *talk.first, *talk.second, wanted)) {
      if (!said.insert(one.mark).second) continue;
      auto ask = ask_for(object, talk, one.sample);
      if (one.mark.what.empty()) {
        fields.push_back(one.mark.field);
        unset.asks.push_back(std::move(ask));
        continue;
      }
      Unrecorded item = about(object, talk);
      item.what = one.mark.field.empty() ? fmt::format("no sample sets {}", one.mark.what)
                                         : fmt::format("no sample has {} {}", one.mark.field, one.mark.what);
      if (!one.mark.reader.empty()) item.what += fmt::format(" for a reader of {}", one.mark.reader);
      item.asks.push_back(std::move(ask));
      out.push_back(std::move(item));
    }
  }
  if (fields.empty()) return;
  unset.what = "no sample sets " + text::list(fields);
  out.push_back(std::move(unset));
}

void Gaps::conversions_of(const LintObject& object, std::vector<Unrecorded>& out) const {
  for (const auto& [key, open] : open_) {
    const auto& [whose, talk, why] = key;
    if (whose != &object || open.missing.empty()) continue;
    // Some that went around are enough: each leg was judged by itself.
    if (why == Ask::around && static_cast<std::int64_t>(open.missing.size()) < open.asked) continue;
    auto one = about(object, talk);
    const char* what = why == Ask::sample ? "samples"
                       : why == Ask::back ? "what came out on the way here, back again"
                                          : "what came out on the way here, by another version";
    one.what = fmt::format("{}: {} of {}", what, open.missing.size(), open.asked);
    one.asks = open.missing;
    out.push_back(std::move(one));
  }
}

std::vector<Unrecorded> Gaps::all() const {
  std::vector<Unrecorded> out;
  for (const auto& object : promise_.objects) {
    const auto strangers = recording_.strangers().find(object.name);
    if (strangers != recording_.strangers().end()) {
      Unrecorded one;
      one.object = object.name;
      one.what = fmt::format("it holds {}, which the catalog does not have",
                             text::list({strangers->second.begin(), strangers->second.end()}));
      out.push_back(std::move(one));
    }
    const auto ways = talks_.find(&object);
    if (ways == talks_.end()) continue;
    for (const auto& [between, talks] : ways->second) way(object, talks, out);
    conversions_of(object, out);
  }
  return out;
}

}  // namespace caravan::lint

// All conversions that lint asks for, and the faults that they show.
#include "reports/lint/causes.hpp"

#include <algorithm>
#include <optional>

#include "reports/lint/gaps.hpp"
#include "reports/lint/sightings.hpp"

namespace caravan::lint {
namespace {

class Explorer {
 public:
  Explorer(const Promises& promise, const Conversions& conversions)
      : promise_(promise), conversions_(conversions), judge_(promise), seen_(promise) {
    if (conversions.recorded() == nullptr) return;
    recording_.emplace(promise, *conversions.recorded());
    gaps_.emplace(promise, *recording_);
  }

  Explored run() {
    for (const auto& object : promise_.objects) {
      explore_object(object);
      if (recording_) judge_strays(object);
    }
    out_.causes = seen_.causes();
    for (auto& one : out_.causes) shrink(promise_, conversions_, one);
    if (gaps_) out_.unrecorded = gaps_->all();
    return std::move(out_);
  }

 private:
  using Pair = std::pair<std::size_t, std::size_t>;  // newer, older
  struct Way {                                       // one sample on its way to one reader
    Conversion result;
    bool clean = true;
  };
  /// Who talks to whom about what.
  struct Talk {
    const LintObject& object;
    const Speaker &writer, &reader;
  };

  Conversion ask(const Asked& asked, const Talk& talk, const Sample& sample, Ask why) {
    auto result = asked.forward ? conversions_.forward(asked.before, asked.target, *asked.manifest)
                                : conversions_.backport(asked.before, asked.target, *asked.manifest);
    const bool known = result.kind != Conversion::Kind::unknown;
    if (known) ++out_.conversions;
    if (gaps_ && sample.source) gaps_->asked(talk.object, talk.writer, talk.reader, why, asked.before, known);
    return result;
  }

  void explore_object(const LintObject& object) {
    const auto& speakers = object.speakers;
    std::vector<std::vector<Sample>> samples(speakers.size());
    for (std::size_t i = 0; i < speakers.size(); ++i) samples[i] = take_samples(object, i);
    std::set<Pair> pairs;
    std::set<std::pair<std::size_t, Pair>> triangles;
    for (std::size_t from = speakers.size(); from-- > 0;) {
      // Ways down from here, by reader and sample: the triangles need them again.
      std::vector<std::vector<Way>> ways(speakers.size());
      for (std::size_t to = from; to-- > 0;) {
        if (!may_write_to(speakers[from], speakers[to])) continue;
        const Talk down{object, speakers[from], speakers[to]}, up{object, speakers[to], speakers[from]};
        if (speakers[from].version != speakers[to].version)
          pairs.emplace(speakers[from].version, speakers[to].version);
        if (gaps_) gaps_->talk(object, down.writer, down.reader);
        for (const auto& sample : samples[from]) {
          const bool matters = sample.nested || first_of_version(speakers, to);
          ways[to].push_back(matters ? down_and_up(down, sample) : Way());
        }
        if (!same_major(object, up.writer, up.reader)) continue;
        if (gaps_) gaps_->talk(object, up.writer, up.reader);
        for (const auto& sample : samples[to])
          if (sample.nested ||
              (speakers[from].version != speakers[to].version && first_of_version(speakers, from)))
            up_and_down(up, sample);
      }
      for (std::size_t middle = from; middle-- > 0;)
        for (std::size_t to = middle; to-- > 0;) {
          if (ways[middle].empty() || ways[to].empty() || !may_write_to(speakers[middle], speakers[to]))
            continue;
          if (speakers[middle].version == speakers[from].version ||
              speakers[to].version == speakers[middle].version)
            continue;
          triangles.insert({speakers[from].version, {speakers[middle].version, speakers[to].version}});
          for (std::size_t i = 0; i < samples[from].size(); ++i)
            if (samples[from][i].around)
              go_around(object, speakers[from], speakers[middle], speakers[to], samples[from][i],
                        ways[middle][i], ways[to][i]);
        }
    }
    out_.pairs += static_cast<std::int64_t>(pairs.size());
    out_.triangles += static_cast<std::int64_t>(triangles.size());
  }

  std::vector<Sample> take_samples(const LintObject& object, std::size_t i) {
    const auto& speaker = object.speakers[i];
    auto taken = recording_ ? recording_->samples(object, speaker) : samples_of(promise_, object, speaker);
    // Without children all speakers of a version say the same.
    if (!first_of_version(object.speakers, i))
      taken.erase(std::remove_if(taken.begin(), taken.end(), [](const Sample& one) { return !one.nested; }),
                  taken.end());
    out_.samples += static_cast<std::int64_t>(taken.size());
    return taken;
  }

  /// Real code may have been asked what no two releases say to each other: that is judged as it is.
  void judge_strays(const LintObject& object) {
    for (const auto* record : recording_->strays(object)) {
      const auto version = object.index(record->target);
      const auto reader = std::find_if(object.speakers.begin(), object.speakers.end(),
                                       [&](const Speaker& one) { return one.version == version; });
      if (reader == object.speakers.end()) continue;
      Asked asked;
      asked.forward = record->forward;
      asked.before = record->input;
      asked.target = record->target;
      asked.manifest = record->manifest.empty() || record->forward ? &reader->manifest : &record->manifest;
      const auto result = record->forward
                              ? conversions_.forward(asked.before, asked.target, record->manifest)
                              : conversions_.backport(asked.before, asked.target, record->manifest);
      ++out_.samples;
      ++out_.conversions;
      seen_.note(judge_.judge(leg_of(asked, Whole::by_sight), result), asked, result, Speaker(), Speaker());
    }
  }

  /// A primitive of another major number goes back on request, and never forward.
  static bool same_major(const LintObject& object, const Speaker& a, const Speaker& b) {
    return object.versions[a.version].major() == object.versions[b.version].major();
  }
  static bool first_of_version(const std::vector<Speaker>& speakers, std::size_t i) {
    return i == 0 || speakers[i - 1].version != speakers[i].version;
  }

  static Asked asked_of(const Json& primitive, const Talk& talk, bool forward) {
    Asked asked;
    asked.forward = forward;
    asked.before = primitive;
    asked.target = talk.object.versions[talk.reader.version];
    asked.manifest = &talk.reader.manifest;
    return asked;
  }
  static Talk answer(const Talk& talk) { return {talk.object, talk.reader, talk.writer}; }

  Way down_and_up(const Talk& talk, const Sample& sample) {
    const auto& [object, writer, reader] = talk;
    Asked asked = asked_of(sample.primitive, talk, false);
    Way way;
    way.result = ask(asked, talk, sample, Ask::sample);
    auto faults = judge_.judge(leg_of(asked, Whole::by_sight), way.result);
    if (asked.before != sample.primitive)
      faults.push_back({"sender-changed", &object, "", writer.version, reader.version, false, "", Json(),
                        "the primitive that was handed in is another now"});
    way.clean = faults.empty();
    seen_.note(faults, asked, way.result, writer, reader);
    if (way.result.kind != Conversion::Kind::primitive || writer.version == reader.version ||
        !same_major(object, writer, reader))
      return way;
    const Asked back = asked_of(way.result.primitive, answer(talk), true);
    const auto again = ask(back, answer(talk), sample, Ask::back);
    if (!way.clean) return way;  // the way back of what is wrong says nothing new
    const auto wrong = judge_.judge(leg_of(back), again);
    seen_.note(wrong, back, again, reader, writer);
    if (again.kind == Conversion::Kind::primitive && wrong.empty())
      seen_.note(judge_.compare_round(sample.primitive, again.primitive, reader.version), asked, again,
                 writer, reader);
    return way;
  }

  void up_and_down(const Talk& talk, const Sample& sample) {
    const auto& [object, older, newer] = talk;
    const Asked up = asked_of(sample.primitive, talk, true);
    const auto there = ask(up, talk, sample, Ask::sample);
    const auto faults = judge_.judge(leg_of(up, Whole::by_sight), there);
    seen_.note(faults, up, there, older, newer);
    if (there.kind != Conversion::Kind::primitive || !faults.empty() || older.version == newer.version)
      return;
    const Asked down = asked_of(there.primitive, answer(talk), false);
    const auto again = ask(down, answer(talk), sample, Ask::back);
    const auto back = judge_.judge(leg_of(down), again);
    seen_.note(back, down, again, newer, older);
    if (again.kind == Conversion::Kind::primitive && back.empty())
      seen_.note(judge_.compare_round(sample.primitive, again.primitive, newer.version), up, again, older,
                 newer);
  }

  void go_around(const LintObject& object, const Speaker& writer, const Speaker& middle,
                 const Speaker& reader, const Sample& sample, const Way& first, const Way& straight) {
    if (!first.clean || !straight.clean || first.result.kind != Conversion::Kind::primitive ||
        straight.result.kind == Conversion::Kind::unknown)
      return;
    const Talk rest{object, middle, reader};
    Asked asked = asked_of(first.result.primitive, rest, false);
    const auto second = ask(asked, rest, sample, Ask::around);
    const auto faults = judge_.compare_ways(sample.primitive, straight.result, second, asked.target,
                                            object.versions[middle.version].text());
    if (faults.empty()) return;
    asked.before = sample.primitive;
    seen_.note(faults, asked, second, writer, reader);
  }

  const Promises& promise_;
  const Conversions& conversions_;
  Judge judge_;
  Sightings seen_;
  std::optional<Recording> recording_;
  std::optional<Gaps> gaps_;
  Explored out_;
};

}  // namespace

Leg leg_of(const Asked& asked, Whole whole) {
  Leg leg;
  leg.forward = asked.forward;
  leg.before = &asked.before;
  leg.target = asked.target;
  leg.manifest = asked.manifest;
  leg.whole = whole;
  return leg;
}

Explored explore(const Promises& promise, const Conversions& conversions) {
  return Explorer(promise, conversions).run();
}

}  // namespace caravan::lint

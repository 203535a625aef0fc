// All conversions that lint asks for, and the faults that they show.
#include "reports/lint_causes.hpp"

#include <algorithm>

#include "reports/lint_sightings.hpp"

namespace caravan::lint_parts {
namespace {

class Explorer {
 public:
  Explorer(const Promises& promise, const Conversions& conversions)
      : promise_(promise), conversions_(conversions), judge_(promise), seen_(promise) {}

  Explored run() {
    for (const auto& object : promise_.objects) explore_object(object);
    out_.causes = seen_.causes();
    for (auto& one : out_.causes) shrink(promise_, conversions_, one);
    return std::move(out_);
  }

 private:
  using Pair = std::pair<std::size_t, std::size_t>;  // newer, older
  struct Way {                                       // one sample on its way to one reader
    Conversion result;
    bool clean = true;
  };

  Conversion ask(const Asked& asked) {
    ++out_.conversions;
    auto result = asked.forward ? conversions_.forward(asked.before, asked.target)
                                : conversions_.backport(asked.before, asked.target, *asked.manifest);
    if (result.kind == Conversion::Kind::unknown) {
      ++out_.unknown;
      --out_.conversions;
    }
    return result;
  }

  /// Neither may a reader's child be newer than the writer's.
  static bool may_write_to(const Speaker& writer, const Speaker& reader) {
    if (writer.version < reader.version || &writer == &reader) return false;
    for (const auto& [name, version] : reader.manifest) {
      const auto own = writer.manifest.find(name);
      if (own != writer.manifest.end() && own->second < version) return false;
    }
    return true;
  }

  void explore_object(const LintObject& object) {
    const auto& speakers = object.speakers;
    std::vector<std::vector<Sample>> samples(speakers.size());
    const auto recorded = recorded_for(object);
    for (std::size_t i = 0; i < speakers.size(); ++i) samples[i] = take_samples(object, i, recorded);
    std::set<Pair> pairs;
    std::set<std::pair<std::size_t, Pair>> triangles;
    for (std::size_t from = speakers.size(); from-- > 0;) {
      // Ways down from here, by reader and sample: the triangles need them again.
      std::vector<std::vector<Way>> ways(speakers.size());
      for (std::size_t to = from; to-- > 0;) {
        if (!may_write_to(speakers[from], speakers[to])) continue;
        if (speakers[from].version != speakers[to].version)
          pairs.emplace(speakers[from].version, speakers[to].version);
        for (const auto& sample : samples[from]) {
          const bool matters = sample.nested || first_of_version(speakers, to);
          ways[to].push_back(matters ? down_and_up(object, speakers[from], speakers[to], sample) : Way());
        }
        for (const auto& sample : samples[to])
          if (speakers[from].version != speakers[to].version &&
              same_major(object, speakers[from], speakers[to]) &&
              (sample.nested || first_of_version(speakers, from)))
            up_and_down(object, speakers[to], speakers[from], sample);
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

  /// What was recorded, by version; nothing at all: samples are ours to make.
  std::vector<std::vector<Json>> recorded_for(const LintObject& object) const {
    std::vector<std::vector<Json>> out;
    for (const auto& version : object.versions) out.push_back(conversions_.samples(object.name, version));
    const bool none = std::all_of(out.begin(), out.end(), [](const auto& one) { return one.empty(); });
    return none ? std::vector<std::vector<Json>>() : out;
  }

  std::vector<Sample> take_samples(const LintObject& object, std::size_t i,
                                   const std::vector<std::vector<Json>>& recorded) {
    const auto& speaker = object.speakers[i];
    const bool first = first_of_version(object.speakers, i);
    std::vector<Sample> taken;
    if (recorded.empty()) {
      taken = samples_of(promise_, object, speaker);
      // Without children all speakers of a version say the same.
      if (!first)
        taken.erase(std::remove_if(taken.begin(), taken.end(), [](const Sample& one) { return !one.nested; }),
                    taken.end());
    } else if (first) {
      for (const auto& primitive : recorded[speaker.version]) taken.push_back({primitive, true, false, true});
    }
    out_.samples += static_cast<std::int64_t>(taken.size());
    return taken;
  }
  /// A primitive of another major number goes back on request, and never forward.
  static bool same_major(const LintObject& object, const Speaker& a, const Speaker& b) {
    return object.versions[a.version].major() == object.versions[b.version].major();
  }
  static bool first_of_version(const std::vector<Speaker>& speakers, std::size_t i) {
    return i == 0 || speakers[i - 1].version != speakers[i].version;
  }

  Way down_and_up(const LintObject& object, const Speaker& writer, const Speaker& reader,
                  const Sample& sample) {
    Asked asked;
    asked.before = sample.primitive;
    asked.target = object.versions[reader.version];
    asked.manifest = &reader.manifest;
    Way way;
    way.result = ask(asked);
    auto faults = judge_.judge(leg_of(asked, sample.whole), way.result);
    if (asked.before != sample.primitive)
      faults.push_back({"sender-changed", &object, "", writer.version, reader.version, false, "", Json(),
                        "the primitive that was handed in is another now"});
    way.clean = faults.empty();
    seen_.note(faults, asked, way.result, writer, reader);
    if (way.result.kind != Conversion::Kind::primitive || writer.version == reader.version ||
        !same_major(object, writer, reader))
      return way;
    Asked back;
    back.forward = true;
    back.before = way.result.primitive;
    back.target = object.versions[writer.version];
    back.manifest = &writer.manifest;
    const auto again = ask(back);
    if (!way.clean) return way;  // the way back of what is wrong tells nothing new
    const auto wrong = judge_.judge(leg_of(back, false), again);
    seen_.note(wrong, back, again, reader, writer);
    if (again.kind == Conversion::Kind::primitive && wrong.empty())
      seen_.note(judge_.compare_round(sample.primitive, again.primitive, reader.version), asked, again,
                 writer, reader);
    return way;
  }

  void up_and_down(const LintObject& object, const Speaker& older, const Speaker& newer,
                   const Sample& sample) {
    Asked up;
    up.forward = true;
    up.before = sample.primitive;
    up.target = object.versions[newer.version];
    up.manifest = &newer.manifest;
    const auto there = ask(up);
    const auto faults = judge_.judge(leg_of(up, sample.whole), there);
    seen_.note(faults, up, there, older, newer);
    if (there.kind != Conversion::Kind::primitive || !faults.empty()) return;
    Asked down;
    down.before = there.primitive;
    down.target = object.versions[older.version];
    down.manifest = &older.manifest;
    const auto again = ask(down);
    const auto back = judge_.judge(leg_of(down, false), again);
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
    Asked asked;
    asked.before = first.result.primitive;
    asked.target = object.versions[reader.version];
    asked.manifest = &reader.manifest;
    const auto second = ask(asked);
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
  Explored out_;
};

}  // namespace

Leg leg_of(const Asked& asked, bool whole) {
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

}  // namespace caravan::lint_parts

// pin (O13): a node speaks no newer than the oldest on record; it learns of changes when it starts or
// reloads, and is unpinned when the last old node is gone.
// Independent of nodes/core/pin.hpp on purpose.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/checks.hpp"
#include "reports/facts/services.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// A record is rewritten with every heartbeat (1 s), each answered within the deadline of a request; what
/// a node has learned is there after that.
constexpr std::int64_t grace = 500'000;

class Pin {
 public:
  Pin(const RunFacts& facts, Findings& findings)
      : c_(facts), findings_(findings), refresh_delay_(facts.faults.deadline() + grace) {}

  void run() {
    for (const auto& one : c_.evidence.incarnations) {
      if (one.ready == never) continue;
      learned(one, one.starting, one.ready, "started");
      for (const auto& step : c_.evidence.steps)
        if (step.as<step::Reload>() && step.node() == one.node && role_spec(one.role).reloads &&
            one.ready <= step.begin && step.begin < one.ended)
          learned(one, step.begin, step.end, "told to reload");
    }
    serving();
    for (const auto& step : c_.evidence.steps)
      if (const auto* announcement = step.as<step::Announce>()) announced(step, *announcement);
    for (const auto& message : c_.evidence.messages) spoken(message);
  }

 private:
  /// The first event after that moment and the refresh delay.
  Event after_delay(Event from) const {
    const auto since = c_.evidence.time(std::min(from, c_.evidence.last));
    const auto until = since + refresh_delay_ + c_.starvation.from_anyone(since, since + 2 * refresh_delay_);
    Event low = std::min(from, c_.evidence.last), high = c_.evidence.last + 1;
    while (low < high) {
      const Event middle = low + (high - low) / 2;
      if (c_.evidence.time(middle) < until)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /// The lowest version of the object over all records; absent if one of them does not know it.
  struct Lowest {
    bool known = true;
    Version version;
    std::string node, release;
  };
  Lowest lowest(const std::string& object, const std::vector<ServiceRecord>& records) const {
    Lowest out;
    bool first = true;
    for (const auto& record : records) {
      const auto* version = c_.releases.version(record.release, object);
      if (!version) return Lowest{false, Version(), record.node, record.release};
      if (!first && !(*version < out.version)) continue;
      first = false;
      out.version = *version;
      out.node = record.node;
      out.release = record.release;
    }
    out.known = out.known && !first;
    return out;
  }

  /// What the configuration of the node fixes: a release; empty if nothing.
  std::string fixed(const std::string& node) const {
    const Json& config = member(member(c_.evidence.run.header, "config"), node.c_str());
    return text_at(config, "upgrade_levels");
  }

  bool is_fixed(const std::string& node) const {
    const Json& config = member(member(c_.evidence.run.header, "config"), node.c_str());
    return config.is_object() && config.contains("upgrade_levels");
  }

  /// After a start or a reload the caps are those of the records at some moment of it.
  void learned(const Incarnation& one, Event begin, Event end, const std::string& what) {
    const Event until = after_delay(end);
    // Gone, or told something else, before it could say what it learned.
    if (one.ended <= until || until > c_.evidence.last || end == never) return;
    const auto own = record_at(c_, one.node, until);
    if (!own) return;
    const std::string level = fixed(one.node);
    if (is_fixed(one.node) && level.empty()) return;  // versions one by one: what is spoken is judged
    std::vector<std::vector<ServiceRecord>> moments{records_at(c_, begin)};
    for (auto it = c_.database.rows().lower_bound({services_table, ""});
         it != c_.database.rows().end() && it->first.first == services_table; ++it)
      for (const Event at : it->second.events)
        if (begin < at && at <= until) moments.push_back(records_at(c_, at));
    for (const auto& object : c_.releases.objects()) {
      findings_.owe();
      const auto cap = own->object_cap(object.name);
      bool right = false;
      Lowest wanted;
      if (!level.empty()) {
        const auto* version = c_.releases.version(level, object.name);
        wanted = Lowest{version != nullptr, version ? *version : Version(), "its configuration", level};
        right = cap.has_value() == wanted.known && (!cap || *cap == wanted.version);
      } else {
        for (auto records : moments) {
          // Its own record may be of an earlier life.
          for (auto& record : records)
            if (record.node == one.node) record.release = one.release;
          const auto here = lowest(object.name, records);
          wanted = here;
          right = right || (cap.has_value() == here.known && (!cap || *cap == here.version));
        }
      }
      if (right) continue;
      const bool above = cap && (!wanted.known || wanted.version < *cap);
      Witness witness;
      witness.event = end;
      witness.object = object.name;
      witness.field = "cap";
      witness.row = one.node;
      witness.summary = fmt::format(
          "{} was {}, and its cap of {} is {}{}", one.peer, what, object.name,
          cap ? cap->text() : "none at all",
          wanted.known ? fmt::format(", but it has to be {}, for {} ({})", wanted.version.text(), wanted.node,
                                     wanted.release)
                       : fmt::format(", but {} ({}) does not know the object", wanted.node, wanted.release));
      witness.argument = {
          fmt::format("event {}: it was {}", begin, what),
          fmt::format("event {}: its record of then says {}", own->written, cap ? cap->text() : "nothing"),
          above ? "an older node cannot read what it may send"
                : "it keeps speaking an old version, though no node needs it"};
      findings_.fail(std::move(witness));
      return;  // one object is enough to show it
    }
  }

  /// From then on the record says so, until the node is started, or is announced or forgotten again.
  void announced(const StepSpan& span, const step::Announce& announcement) {
    const auto* row = c_.database.row(services_table, announcement.node);
    if (!row || announcement.release.empty() || span.end == never) return;
    Event until = c_.evidence.last;
    for (const auto& one : c_.evidence.incarnations)
      if (one.node == announcement.node && one.starting != never && one.starting > span.end)
        until = std::min(until, one.starting);
    for (const auto& step : c_.evidence.steps)
      if (step.is_one_of<step::Announce, step::Forget>() && step.node() == announcement.node &&
          step.begin > span.end)
        until = std::min(until, step.begin);
    const auto first = record_at(c_, announcement.node, span.end);
    // Refused: the gate check says whether it had to be.
    if (!first || first->release != announcement.release) return;
    findings_.owe();
    for (const Event at : row->events) {
      if (at <= span.end || at >= until) continue;
      const auto record = record_at(c_, announcement.node, at);
      if (!record || record->release == announcement.release) continue;
      Witness witness;
      witness.event = at;
      witness.object = services_table;
      witness.field = "release_name";
      witness.row = announcement.node;
      witness.summary = fmt::format("{} was announced for {}, but its record says {} again before it came",
                                    announcement.node, announcement.release, record->release);
      witness.argument = {fmt::format("event {}: it was announced", span.begin),
                          "a node that asks in between believes that no older node will come"};
      findings_.fail(std::move(witness));
      return;
    }
  }

  /// No node serves together with one whose cap is above what it knows.
  void serving() {
    for (const auto& joiner : c_.evidence.incarnations) {
      if (joiner.ready == never) continue;
      for (const auto& peer : c_.evidence.incarnations) {
        if (&peer == &joiner || peer.ready == never || peer.ready > joiner.ready || peer.ended < joiner.ready)
          continue;
        findings_.owe();
        above(joiner, peer);
      }
    }
  }

  void above(const Incarnation& joiner, const Incarnation& peer) {
    // With the delay over, or at the moment one of the two goes.
    const Event until = after_delay(joiner.ready);
    if (until > std::min({peer.ended, joiner.ended, c_.evidence.last})) return;
    const auto own = record_at(c_, peer.node, until);
    if (!own) return;
    for (const auto& object : c_.releases.objects()) {
      const auto cap = own->object_cap(object.name);
      if (!cap) continue;
      const auto* known = c_.releases.version(joiner.release, object.name);
      if (known && !(*known < *cap)) continue;
      Witness witness;
      witness.event = joiner.ready;
      witness.object = object.name;
      witness.field = "cap";
      witness.row = peer.node;
      witness.summary = fmt::format("{} ({}) serves beside {}, whose cap of {} is {}", joiner.peer,
                                    joiner.release, peer.peer, object.name, cap->text());
      witness.argument = {
          fmt::format("event {}: {} is ready; its release knows {}", joiner.ready, joiner.peer,
                      known ? object.name + " " + known->text() : "no such object"),
          fmt::format("event {}: the record of {} still says {}, {:.1f} s later", own->written, peer.node,
                      cap->text(), static_cast<double>(refresh_delay_) / 1e6)};
      findings_.fail(std::move(witness));
      return;
    }
  }

  /// No primitive that leaves a node is above its own cap.
  void spoken(const Message& message) {
    if (message.kind == "request" || is_heartbeat(message)) return;
    if (message.is_reply() && message.answers >= 0 &&
        c_.evidence.messages[static_cast<std::size_t>(message.answers)].kind == "request")
      return;  // clients know no versions
    const auto* sender = c_.evidence.incarnation(message.from);
    if (!sender) return;
    const auto found = primitives_in(message, c_.releases.prefix());
    if (found.empty() || message.method == "object_backport_versions" || answers_backport(message)) return;
    const auto now = record_at(c_, sender->node, message.sent);
    if (!now) return;
    const Event learned = after_delay(message.sent);
    const auto after = record_at(c_, sender->node, std::min(learned, c_.evidence.last)).value_or(*now);
    const std::string level = fixed(sender->node);
    for (const auto& item : found) stamp(message, *sender, item.primitive, *now, after, level, 0);
  }

  /// The last reload that the node's record does not show yet: it uses what was on record then.
  Event reloaded(const Incarnation& node, Event sent, Event written) const {
    Event out = never;
    for (const auto& step : c_.evidence.steps)
      if (step.as<step::Reload>() && step.node() == node.node && role_spec(node.role).reloads &&
          written < step.begin && step.begin < sent)
        out = step.begin;
    return out;
  }

  bool answers_backport(const Message& message) const {
    return message.answers >= 0 && c_.evidence.messages[static_cast<std::size_t>(message.answers)].method ==
                                       "object_backport_versions";
  }

  void stamp(const Message& message, const Incarnation& sender, const Primitive& primitive,
             const ServiceRecord& now, const ServiceRecord& after, const std::string& level, int depth) {
    findings_.owe();
    const auto version = read_version(primitive.version);
    const auto on_record = now.object_cap(primitive.name);
    // Learned just now, and not on record yet.
    const auto renewed = after.object_cap(primitive.name);
    const bool capped = on_record || renewed || !level.empty();
    Version cap = std::max(on_record.value_or(Version()), renewed.value_or(Version()));
    if (const auto since = reloaded(sender, message.sent, now.written); since != never)
      for (const Event at : {since, message.sent})
        if (const auto least = lowest(primitive.name, records_at(c_, at)); least.known && cap < least.version)
          cap = least.version;
    if (const auto* fixed_at = level.empty() ? nullptr : c_.releases.version(level, primitive.name))
      cap = *fixed_at;
    if (version && capped && cap < *version) {
      Witness witness;
      witness.event = message.sent;
      witness.object = primitive.name;
      witness.row = primitive.id();
      witness.summary = fmt::format("{} ({}) sent {} {}, above its cap of {}", sender.peer, sender.release,
                                    primitive.name, version->text(), cap.text());
      witness.argument = {fmt::format("event {}: message {} ({} {}) to {}", message.sent, message.id,
                                      message.kind, message.method, message.to),
                          level.empty()
                              ? fmt::format("event {}: its service record names the cap", now.written)
                              : fmt::format("its configuration pins it to {}", level)};
      findings_.fail(std::move(witness));
      return;
    }
    if (depth > 6 || !primitive.data->is_object()) return;
    for (const auto& field : primitive.data->items()) {
      if (!field.value().is_array()) continue;
      for (const auto& element : field.value())
        if (const auto child = read_primitive(element, c_.releases.prefix()))
          stamp(message, sender, *child, now, after, level, depth + 1);
    }
  }

  const RunFacts& c_;
  Findings& findings_;
  std::int64_t refresh_delay_;  ///< microseconds
};

}  // namespace

void check_pin(const RunFacts& c, Findings& findings) { Pin(c, findings).run(); }

}  // namespace caravan::reports

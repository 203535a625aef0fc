// The run file, indexed.
#include "reports/facts/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/values.hpp"

namespace caravan::reports {

const Json& Message::args() const { return member(*envelope, "args"); }
const Json& Message::error() const { return member(*envelope, "error"); }
const Json& Message::result() const { return member(*envelope, "result"); }
const Json& ClientOp::fields() const { return member(*invoke, "fields"); }
bool ClientOp::writes_fields() const { return method == "create" || method == "run" || method == "update"; }
const std::string& ClientOp::scaled_row() const { return text_at(fields(), "node_group"); }
const Json& ClientOp::scaled_to() const { return member(fields(), "count"); }

std::string node_of(const std::string& peer) { return peer.substr(0, peer.rfind('#')); }

std::vector<std::string> ids_of_args(const Message& message) {
  std::vector<std::string> out;
  if (!message.args().is_object()) return out;
  for (const auto& item : message.args().items()) {
    const auto size = item.key().size();
    if (size > 3 && item.key().compare(size - 3, 3, "_id") == 0 && item.value().is_string())
      out.push_back(item.value().get<std::string>());
  }
  return out;
}

bool is_heartbeat(const Message& message) { return message.method == "service_update"; }

const Json& Evidence::option(const std::string& node, const char* name) const {
  return member(member(member(run.header, "config"), node.c_str()), name);
}

Evidence::Evidence(const RunFile& file)
    : run(file),
      compat_(word_from<Compatibility>(text_at(file.header, "compat")).value_or(Compatibility::backport)),
      access_(word_from<Access>(text_at(file.header, "access")).value_or(Access::conductor)) {
  for (std::size_t i = 0; i < run.events.size(); ++i) {
    const Json& event = run.events[i];
    const auto n = static_cast<Event>(i);
    const std::string& kind = text_at(event, "kind");
    if (kind == "end") {
      outcome = word_from<RunOutcome>(text_at(event, "outcome"));
      outcome_why = text_at(event, "why");
    }
    if (shut_down_ || kind == "shutdown") {
      shut_down_ = true;
      continue;
    }
    last = n;
    if (kind == "send") {
      read_send(event, n);
    } else if (kind == "deliver") {
      const auto found = message_by_id.find(text_at(event, "id"));
      if (found != message_by_id.end())
        messages[static_cast<std::size_t>(found->second)].deliveries.push_back(
            Delivery{n, text_at(event, "receiver"), text_at(event, "release")});
    } else if (kind == "drop") {
      const auto found = message_by_id.find(text_at(event, "id"));
      if (found == message_by_id.end()) continue;
      messages[static_cast<std::size_t>(found->second)].dropped = n;
      messages[static_cast<std::size_t>(found->second)].drop_why = text_at(event, "why");
    } else if (kind == "op") {
      read_op(event, n);
    } else if (kind == "node") {
      read_node(event, n);
    } else if (kind == "step") {
      read_step(event, n);
    } else if (kind == "migration" || kind == "gate" || kind == "leak" || kind == "trouble" ||
               kind == "starved") {
      rare_[kind].push_back(n);
    }
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    auto& message = messages[i];
    if (message.is_reply()) {
      const auto asked = message_by_id.find(message.to);
      if (asked != message_by_id.end()) {
        message.answers = asked->second;
        auto& question = messages[static_cast<std::size_t>(asked->second)];
        if (question.reply < 0) question.reply = static_cast<int>(i);
      }
    }
    if (message.kind == "request") {
      const auto op = operation_by_id.find(message.operation);
      if (op != operation_by_id.end())
        operations[static_cast<std::size_t>(op->second)].request = static_cast<int>(i);
    }
    if (message.kind == "trouble") continue;  // who complains has not done anything yet
    const auto cause = message_by_id.find(message.cause);
    if (cause != message_by_id.end() && !message.is_reply())
      messages[static_cast<std::size_t>(cause->second)].caused.push_back(static_cast<int>(i));
  }
}

void Evidence::read_send(const Json& event, Event n) {
  const Json& envelope = event.at("message");
  Message message;
  message.envelope = &envelope;
  message.id = text_at(envelope, "id");
  message.kind = text_at(envelope, "kind");
  message.from = text_at(envelope, "from");
  message.to = text_at(envelope, "to");
  message.method = text_at(envelope, "method");
  message.version = text_at(envelope, "version");
  message.operation = text_at(envelope, "operation");
  message.cause = text_at(envelope, "cause");
  message.sent = n;
  message_by_id[message.id] = static_cast<int>(messages.size());
  messages.push_back(std::move(message));
}

void Evidence::read_op(const Json& event, Event n) {
  const std::string& id = text_at(event, "op");
  const auto edge = word_from<OpEdge>(text_at(event, "edge"));
  if (edge == OpEdge::invoke) {
    ClientOp op;
    op.id = id;
    op.invoke = &event;
    op.invoked = n;
    op.method = text_at(event, "method");
    op.object = text_at(event, "object");
    op.row = text_at(event, "row");
    op.via = text_at(event, "via");
    op.release = text_at(event, "release");
    op.step = text_at(event, "step");
    op.to_be_refused = text_at(event, "expect") == name(step::Expect::refused);
    op.purpose = text_at(event, "purpose");
    operation_by_id[id] = static_cast<int>(operations.size());
    operations.push_back(std::move(op));
    return;
  }
  const auto found = operation_by_id.find(id);
  if (found == operation_by_id.end()) return;
  auto& op = operations[static_cast<std::size_t>(found->second)];
  if (op.end) return;
  op.end = &event;
  op.ended = n;
  op.outcome = edge;
}

void Evidence::read_node(const Json& event, Event n) {
  const std::string& node = text_at(event, "node");
  const int number = event.at("incarnation").get<int>();
  const std::string peer = fmt::format("{}#{}", node, number);
  auto found = incarnation_by_peer.find(peer);
  if (found == incarnation_by_peer.end()) {
    Incarnation fresh;
    fresh.node = node;
    fresh.role = word_from<Role>(text_at(event, "role")).value_or(Role{});
    fresh.release = text_at(event, "release");
    fresh.peer = peer;
    fresh.number = number;
    found = incarnation_by_peer.emplace(peer, static_cast<int>(incarnations.size())).first;
    incarnations.push_back(fresh);
  }
  auto& incarnation = incarnations[static_cast<std::size_t>(found->second)];
  const auto state = word_from<NodeEvent>(text_at(event, "state"));
  if (state == NodeEvent::starting) {
    incarnation.starting = n;
  } else if (state == NodeEvent::ready) {
    incarnation.ready = n;
  } else if (state == NodeEvent::draining) {
    incarnation.draining = n;
  } else {
    incarnation.ended = n;
    incarnation.ending = state;
    if (const Json& code = member(event, "code"); code.is_number())
      incarnation.detail = "code " + code.dump();
    if (const Json& signal = member(event, "signal"); !signal.is_null())
      incarnation.detail = "signal " + shown(signal);
    if (const std::string& why = text_at(event, "why"); !why.empty()) incarnation.detail = why;
  }
}

void Evidence::read_step(const Json& event, Event n) {
  const std::string& number = text_at(event, "step");
  if (text_at(event, "edge") == "begin") {
    StepSpan step;
    step.number = number;
    step.action = step::read(event);
    step.begin = n;
    if (open_steps_.empty() && !steps.empty()) step_marks_.back().second = last_ended_;
    steps.push_back(step);
    open_steps_.push_back(number);
  } else {
    for (auto it = steps.rbegin(); it != steps.rend(); ++it)
      if (it->number == number && it->end == never) {
        it->end = n;
        // The plan's reason is there again where nothing else is to be said.
        if (text_at(event, "why") != text_at(this->event(it->begin), "why"))
          it->came_of_it = text_at(event, "why");
        break;
      }
    const auto open = std::find(open_steps_.rbegin(), open_steps_.rend(), number);
    if (open != open_steps_.rend()) open_steps_.erase(std::next(open).base());
    last_ended_ = number;
  }
  step_marks_.emplace_back(n, open_steps_.empty() ? std::string() : open_steps_.back());
}

std::int64_t Evidence::time(Event number) const {
  if (number < 0 || number > last) return 0;
  const Json& t = member(event(number), "t");
  constexpr std::int64_t longest = 1'000'000'000'000'000;  // differences and sums of it stay in range
  return t.is_number_integer() ? std::clamp<std::int64_t>(t.get<std::int64_t>(), 0, longest) : 0;
}

const std::string& Evidence::step_at(Event number) const {
  static const std::string none;
  const auto after =
      std::upper_bound(step_marks_.begin(), step_marks_.end(), number,
                       [](Event n, const std::pair<Event, std::string>& mark) { return n < mark.first; });
  return after == step_marks_.begin() ? none : std::prev(after)->second;
}

const Incarnation* Evidence::incarnation(const std::string& peer) const {
  const auto found = incarnation_by_peer.find(peer);
  return found == incarnation_by_peer.end() ? nullptr
                                            : &incarnations[static_cast<std::size_t>(found->second)];
}

bool Evidence::was_killed(const std::string& peer) const {
  const auto* found = incarnation(peer);
  return found && found->ending == NodeEvent::killed;
}

bool Evidence::was_paused(const std::string& node, Event from, Event to) const {
  Event since = never;
  for (const auto& step : steps) {
    if (step.node() != node) continue;
    if (step.as<step::Pause>()) since = step.begin;
    const bool resumed = step.is_one_of<step::Resume, step::Kill, step::Start>();
    if (resumed && since != never) {
      if (since <= to && from <= step.end) return true;
      since = never;
    }
  }
  return since != never && since <= to;
}

const std::vector<Event>& Evidence::of_kind(const std::string& kind) const {
  static const std::vector<Event> none;
  const auto found = rare_.find(kind);
  return found == rare_.end() ? none : found->second;
}

const Message* Evidence::message(const std::string& id) const {
  const auto found = message_by_id.find(id);
  return found == message_by_id.end() ? nullptr : &messages[static_cast<std::size_t>(found->second)];
}

}  // namespace caravan::reports

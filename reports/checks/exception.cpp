// exception (O15): no trouble, no unexpected exit, no error that neither the contract nor the state of a row
// calls for.
#include <fmt/format.h>

#include "objects/base/text.hpp"
#include "reports/checks/checks.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// An api passes on what its conductor said: lawful there, lawful here.
bool passed_on(const RunFacts& c, const Message& reply, const Message& question) {
  const std::string& type = text_at(reply.error(), "type");
  for (const int index : question.caused) {
    const auto& inner = c.evidence.messages[static_cast<std::size_t>(index)];
    if (inner.reply < 0) continue;
    const auto& answer = c.evidence.messages[static_cast<std::size_t>(inner.reply)];
    if (text_at(answer.error(), "type") == type && lawful_error(c, answer, inner)) return true;
  }
  return false;
}

/// The row whose id the words name, if there is one.
void name_row(const RunFacts& c, const std::string& words, Witness& witness) {
  constexpr std::size_t length = 36;
  for (std::size_t at = 0; at + length <= words.size(); ++at) {
    if (words[at + 8] != '-' || words[at + 13] != '-' || words[at + 18] != '-') continue;
    const std::string key = words.substr(at, length);
    for (const auto& object : c.releases.objects()) {
      if (c.database.row(object, key) == nullptr) continue;
      witness.object = object.name;
      witness.row = key;
      return;
    }
  }
}

/// Compat none and pin: a receiver may only say no to an object that is too new.
bool turns_down(const RunFacts& c, const std::string& words) {
  return c.evidence.compat() != Compatibility::backport && says_too_new(words);
}

void judge_reply(const RunFacts& c, Findings& findings, const Message& reply) {
  const auto& question = c.evidence.messages[static_cast<std::size_t>(reply.answers)];
  findings.owe();
  if (reply.error().is_null()) return;
  const auto lawful = lawful_error(c, reply, question);
  if (lawful) return;
  if (question.kind == "request" && passed_on(c, reply, question)) return;
  // Nobody asks for backports: what is too new is turned down, and availability counts what that costs.
  if (turns_down(c, text_at(reply.error(), "type"))) return;
  if (const auto taken = c.starvation.explains_error(reply)) return findings.starved(taken);
  const auto object = read_primitive(member(question.args(), "objinst"), c.releases.prefix());
  Witness witness;
  witness.event = reply.sent;
  witness.object =
      object ? object->name : text_at(question.args(), question.kind == "request" ? "object" : "objname");
  witness.row = object ? object->id() : text_at(question.args(), "row");
  if (const auto taken = c.starvation.explains_row(witness.row)) return findings.starved(taken);
  if (text_at(reply.error(), "type") == "DBError") name_place(c, text_at(reply.error(), "message"), witness);
  witness.summary =
      fmt::format("{} answered {} with the error {}: {}", reply.from, question.method,
                  text_at(reply.error(), "type"), text::cut(text_at(reply.error(), "message"), 200));
  witness.argument.push_back(fmt::format("event {}: {} sent {} {} to {}", question.sent, question.from,
                                         question.method, question.id, question.to));
  witness.argument.push_back(fmt::format("event {}: the answer {}", reply.sent, reply.id));
  witness.argument.push_back("nothing calls for it: " + lawful.error());
  findings.fail(std::move(witness));
}

}  // namespace

void check_exception(const RunFacts& c, Findings& findings) {
  for (const auto& message : c.evidence.messages)
    if (message.is_reply() && message.answers >= 0) judge_reply(c, findings, message);
  for (const auto& one : c.evidence.incarnations) {
    findings.owe();
    if (one.ending != NodeEvent::exited && one.ending != NodeEvent::late) continue;
    if (const auto taken = c.starvation.explains_end(one)) {
      findings.starved(taken);
      continue;
    }
    Witness witness;
    witness.event = one.ended;
    witness.object = one.node;
    witness.summary = one.ending == NodeEvent::late
                          ? fmt::format("{} ({}) never said HELLO", one.peer, one.release)
                          : fmt::format("{} ({}) ended in a way that the plan did not ask for{}", one.peer,
                                        one.release, one.detail.empty() ? "" : ", " + one.detail);
    if (one.ready != never) witness.argument.push_back(fmt::format("event {}: it was ready", one.ready));
    witness.argument.push_back(fmt::format("event {}: it was gone", one.ended));
    findings.fail(std::move(witness));
  }
  std::int64_t excused = 0, turned_down = 0;
  for (const Event n : c.evidence.of_kind("trouble")) {
    const Json& event = c.evidence.event(n);
    const Json& number = member(event, "incarnation");
    const auto peer = fmt::format("{}#{}", text_at(event, "node"), number.dump());
    if (c.faults.excuses_trouble(peer, n)) {
      ++excused;
      continue;
    }
    if (const auto taken = c.starvation.explains_trouble(peer, n)) {
      findings.starved(taken);
      continue;
    }
    const std::string& what = text_at(event, "what");
    if (turns_down(c, what)) {
      ++turned_down;
      continue;
    }
    Witness witness;
    witness.event = n;
    witness.object = text_at(event, "node");
    name_row(c, what, witness);
    name_place(c, what, witness);
    witness.summary =
        fmt::format("{} reported an unexpected exception: {}", text_at(event, "node"), text::cut(what, 300));
    witness.argument.push_back(
        fmt::format("event {}: {}#{}", n, text_at(event, "node"), shown(member(event, "incarnation"))));
    findings.fail(std::move(witness));
  }
  if (excused > 0)
    findings.note(fmt::format("{} for lack of an answer that the plan's own faults prevented",
                              text::count(excused, "complaint")));
  if (turned_down > 0)
    findings.note(fmt::format("{} turned down as too new: no node asks for backports",
                              text::count(turned_down, "object")));
}

}  // namespace caravan::reports

// The members that the judge relies on, by kind of event. Members beyond these are ignored
// (docs/run-file.md).
#include "reports/recording/run_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "objects/base/nearest.hpp"
#include "objects/base/text.hpp"
#include "objects/vocabulary/modes.hpp"
#include "objects/vocabulary/outcomes.hpp"
#include "objects/vocabulary/roles.hpp"
#include "objects/vocabulary/steps.hpp"

namespace caravan::reports {
namespace {

enum class Is { text, number, flag, object, array, text_or_object, text_or_null, role_and_number, anything };

struct Member {
  const char* name;
  Is is;
  Is each = Is::anything;  ///< what an object or a list holds
  bool later = false;      ///< earlier commits did not write it: it may be missing
};
struct Kind {
  const char* name;
  std::vector<Member> members;
};

constexpr bool later = true;

/// A verdict hangs on every member of the header: none is guessed.
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {"header",
       {{"format", Is::number},
        {"caravan", Is::text},
        {"scenario", Is::text},
        {"seed", Is::number},
        {"plan", Is::text},
        {"from", Is::text},
        {"to", Is::text},
        {"access", Is::text},
        {"compat", Is::text},
        {"carrier", Is::text},
        {"database", Is::text},
        {"nodes", Is::array, Is::role_and_number},
        {"plant", Is::text_or_null},
        {"expect", Is::text_or_object},
        {"releases", Is::object, Is::object},
        {"command", Is::text},
        {"began", Is::text},
        {"builds", Is::object, Is::text, later},
        {"migration", Is::text, Is::anything, later},
        {"row_stamps", Is::flag, Is::anything, later},
        {"config", Is::object, Is::object, later},
        {"plant_check", Is::text_or_null, Is::anything, later},
        {"deadlines", Is::object, Is::number, later},
        {"planted", Is::text, Is::anything, later},
        {"nodes_load", Is::text, Is::anything, later},
        {"project", Is::text, Is::anything, later}}},
      {"schema", {{"tables", Is::object}}},
      {"step", {{"step", Is::text}, {"edge", Is::text}, {"verb", Is::text}}},
      {"node",
       {{"node", Is::text},
        {"incarnation", Is::number},
        {"release", Is::text},
        {"role", Is::text},
        {"state", Is::text}}},
      {"send", {{"message", Is::object}}},
      {"deliver", {{"id", Is::text}, {"receiver", Is::text}, {"release", Is::text}}},
      {"drop", {{"id", Is::text}, {"why", Is::text}}},
      {"op", {{"op", Is::text}, {"edge", Is::text}}},
      {"change",
       {{"sequence", Is::number},
        {"action", Is::text},
        {"table", Is::text},
        {"key", Is::text},
        {"column", Is::text},
        {"old", Is::anything},
        {"new", Is::anything},
        {"transaction", Is::number, Is::anything, later},
        {"writer", Is::text, Is::anything, later},
        {"cause", Is::text, Is::anything, later}}},
      {"trouble",
       {{"node", Is::text},
        {"what", Is::text},
        {"error", Is::text, Is::anything, later},
        {"operation", Is::text, Is::anything, later},
        {"cause", Is::text, Is::anything, later}}},
      {"starved", {{"from", Is::number}, {"to", Is::number}, {"took", Is::object}}},
      {"migration", {{"phase", Is::text}}},
      {"gate", {{"verb", Is::text}, {"node", Is::text}}},
      {"leak", {{"node", Is::text}, {"file", Is::text}}},
      {"shutdown", {{"why", Is::text}}},
      {"final", {{"table", Is::text}, {"rows", Is::array}}},
      {"end", {{"outcome", Is::text}}},
  };
  return table;
}

bool is(const Json& value, Is wanted) {
  switch (wanted) {
    case Is::text:
      return value.is_string();
    case Is::number:
      return value.is_number_integer();
    case Is::flag:
      return value.is_boolean();
    case Is::object:
      return value.is_object();
    case Is::array:
      return value.is_array();
    case Is::text_or_object:
      return value.is_string() || value.is_object();
    case Is::text_or_null:
      return value.is_string() || value.is_null();
    case Is::role_and_number:
      return value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_number_integer();
    case Is::anything:
      return true;
  }
  return false;
}

const char* name(Is wanted) {
  switch (wanted) {
    case Is::text:
      return "a text";
    case Is::number:
      return "a whole number";
    case Is::flag:
      return "true or false";
    case Is::object:
      return "an object";
    case Is::array:
      return "a list";
    case Is::text_or_object:
      return "a text or an object";
    case Is::text_or_null:
      return "a text or null";
    case Is::role_and_number:
      return "a role and a number";
    case Is::anything:
      return "anything";
  }
  return "";
}

std::string shown(const Json& value) {
  return text::cut(value.dump(-1, ' ', false, Json::error_handler_t::replace), 40);
}

using Wrong = std::optional<WrongShape>;

Wrong wrong_value(const std::string& path, const std::string& owner, const Json& value, Is wanted) {
  if (is(value, wanted)) return std::nullopt;
  return WrongShape{
      fmt::format("\"{}\" of {} is {}, but must be {}", path, owner, shown(value), name(wanted))};
}

Wrong wrong_member(const Json& owner, const std::string& owner_name, const Member& member) {
  const auto found = owner.find(member.name);
  if (found == owner.end()) {
    if (member.later) return std::nullopt;
    std::vector<std::string> have;
    for (const auto& item : owner.items()) have.push_back(item.key());
    const auto near = nearest(member.name, have);
    return WrongShape{fmt::format("{} has no member \"{}\"", owner_name, member.name),
                      near.empty() ? std::string() : fmt::format("it has \"{}\"", near)};
  }
  auto wrong = wrong_value(member.name, owner_name, *found, member.is);
  if (wrong || member.each == Is::anything) return wrong;
  for (const auto& item : found->items()) {
    wrong = wrong_value(fmt::format("{}/{}", member.name, item.key()), owner_name, item.value(), member.each);
    if (wrong) return wrong;
  }
  return std::nullopt;
}

/// Words that mean nothing would be judged as if they said something else.
Wrong wrong_header(const Json& header) {
  std::vector<std::string> releases;
  for (const auto& item : header.at("releases").items()) {
    releases.push_back(item.key());
    for (const Member& member : {Member{"digest", Is::text}, Member{"catalog", Is::object}}) {
      const auto owner = fmt::format("the release {} of the header event", item.key());
      if (auto wrong = wrong_member(item.value(), owner, member)) return wrong;
    }
  }
  const struct {
    const char* member;
    std::vector<std::string> words;
    const char* why;
  } known[] = {{"access", spelt_words<Access>(), ""},
               {"compat", spelt_words<Compatibility>(), ""},
               {"from", releases, ", which is not among its releases"},
               {"to", releases, ", which is not among its releases"}};
  for (const auto& one : known) {
    const auto& word = header.at(one.member).get_ref<const std::string&>();
    if (std::find(one.words.begin(), one.words.end(), word) != one.words.end()) continue;
    return WrongShape{fmt::format("\"{}\" of the header event is {}{}", one.member, shown(word), one.why),
                      did_you_mean(word, one.words)};
  }
  return std::nullopt;
}

Wrong wrong_step(const Json& event) {
  const auto& verb = event.at("verb").get_ref<const std::string&>();
  try {
    step::read(event);
  } catch (const std::invalid_argument& wrong) {
    return WrongShape{fmt::format("the step event: {}", wrong.what()),
                      step::action_of(verb) ? std::string() : did_you_mean(verb, step::words())};
  }
  return std::nullopt;
}

/// The judge uses closed sets of words: one that it does not know would be judged as another.
template <class Enum>
Wrong wrong_word(const Json& event, const char* member) {
  const auto& word = event.at(member).get_ref<const std::string&>();
  if (word_from<Enum>(word)) return std::nullopt;
  return WrongShape{fmt::format("\"{}\" of the {} event is {}", member,
                                event.at("kind").get_ref<const std::string&>(), shown(word)),
                    did_you_mean(word, spelt_words<Enum>())};
}

Wrong wrong_node(const Json& event) {
  if (auto wrong = wrong_word<Role>(event, "role")) return wrong;
  return wrong_word<NodeEvent>(event, "state");
}

Wrong wrong_message(const Json& message) {
  for (const char* member : {"kind", "id", "from"})
    if (auto wrong = wrong_member(message, "the message", {member, Is::text})) return wrong;
  for (const char* member : {"to", "method", "version", "operation", "cause", "avoid"})
    if (const auto found = message.find(member); found != message.end() && !found->is_string())
      return WrongShape{fmt::format("\"{}\" of the message is not a text", member)};
  if (const auto args = message.find("args"); args != message.end() && !args->is_object())
    return WrongShape{"\"args\" of the message is not an object"};
  return std::nullopt;
}

}  // namespace

std::optional<WrongShape> wrong_shape(const Json& event) {
  if (!event.is_object()) return WrongShape{"an event is a JSON object"};
  const auto kind = event.find("kind");
  if (kind == event.end() || !kind->is_string()) return WrongShape{"the event has no \"kind\""};
  const auto& kind_name = kind->get_ref<const std::string&>();
  if (auto wrong = wrong_member(event, "the event", {"t", Is::number})) return wrong;
  for (const auto& entry : kinds()) {
    if (kind_name != entry.name) continue;
    const std::string owner = fmt::format("the {} event", entry.name);
    for (const auto& member : entry.members)
      if (auto wrong = wrong_member(event, owner, member)) return wrong;
    if (kind_name == "header") return wrong_header(event);
    if (kind_name == "step") return wrong_step(event);
    if (kind_name == "node") return wrong_node(event);
    if (kind_name == "op") return wrong_word<OpEdge>(event, "edge");
    if (kind_name == "end") return wrong_word<RunOutcome>(event, "outcome");
    return kind_name == "send" ? wrong_message(event.at("message")) : std::nullopt;
  }
  std::vector<std::string> names;
  for (const auto& entry : kinds()) names.push_back(entry.name);
  return WrongShape{fmt::format("unknown kind \"{}\"", text::cut(kind_name, 40)),
                    did_you_mean(kind_name, names)};
}

}  // namespace caravan::reports

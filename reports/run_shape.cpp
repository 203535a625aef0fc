// The members that the judge relies on, by kind of event. Members beyond these are ignored
// (docs/run-file.md).
#include "reports/run_shape.hpp"

#include <fmt/format.h>

#include <vector>

#include "objects/nearest.hpp"
#include "reports/text.hpp"

namespace caravan {
namespace {

enum class Is { text, number, object, array, text_or_object, anything };

struct Member {
  const char* name;
  Is is;
};
struct Kind {
  const char* name;
  std::vector<Member> members;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {"header",
       {{"format", Is::number},
        {"scenario", Is::text},
        {"from", Is::text},
        {"to", Is::text},
        {"expect",
         Is::text_or_object},  // without it a failure that is expected and one that is not look alike
        {"releases", Is::object}}},
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
        {"new", Is::anything}}},
      {"trouble", {{"node", Is::text}, {"what", Is::text}}},
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
    case Is::object:
      return value.is_object();
    case Is::array:
      return value.is_array();
    case Is::text_or_object:
      return value.is_string() || value.is_object();
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
    case Is::object:
      return "an object";
    case Is::array:
      return "a list";
    case Is::text_or_object:
      return "a text or an object";
    case Is::anything:
      return "anything";
  }
  return "";
}

std::string wrong_member(const Json& owner, const char* owner_name, const Member& member, std::string& hint) {
  const auto found = owner.find(member.name);
  if (found == owner.end()) {
    std::vector<std::string> have;
    for (const auto& item : owner.items()) have.push_back(item.key());
    if (const auto near = nearest(member.name, have); !near.empty())
      hint = fmt::format("it has \"{}\"", near);
    return fmt::format("{} has no member \"{}\"", owner_name, member.name);
  }
  if (!is(*found, member.is))
    return fmt::format("\"{}\" of {} is {}, but must be {}", member.name, owner_name,
                       text::cut(found->dump(-1, ' ', false, Json::error_handler_t::replace), 40),
                       name(member.is));
  return {};
}

std::string wrong_message(const Json& message, std::string& hint) {
  for (const char* member : {"kind", "id", "from"}) {
    auto wrong = wrong_member(message, "the message", {member, Is::text}, hint);
    if (!wrong.empty()) return wrong;
  }
  for (const char* member : {"to", "method", "version", "operation", "cause", "avoid"})
    if (const auto found = message.find(member); found != message.end() && !found->is_string())
      return fmt::format("\"{}\" of the message is no text", member);
  if (const auto args = message.find("args"); args != message.end() && !args->is_object())
    return "\"args\" of the message is no object";
  return {};
}

}  // namespace

std::string wrong_shape(const Json& event, std::string& hint) {
  if (!event.is_object()) return "an event is a JSON object";
  const auto kind = event.find("kind");
  if (kind == event.end() || !kind->is_string()) return "the event has no \"kind\"";
  const auto& kind_name = kind->get_ref<const std::string&>();
  if (auto wrong = wrong_member(event, "the event", {"t", Is::number}, hint); !wrong.empty()) return wrong;
  for (const auto& entry : kinds()) {
    if (kind_name != entry.name) continue;
    const std::string owner = fmt::format("the {} event", entry.name);
    for (const auto& member : entry.members) {
      auto wrong = wrong_member(event, owner.c_str(), member, hint);
      if (!wrong.empty()) return wrong;
    }
    return kind_name == "send" ? wrong_message(event.at("message"), hint) : std::string();
  }
  std::vector<std::string> names;
  for (const auto& entry : kinds()) names.push_back(entry.name);
  hint = did_you_mean(kind_name, names);
  return fmt::format("unknown kind \"{}\"", text::cut(kind_name, 40));
}

}  // namespace caravan

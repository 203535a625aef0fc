#include "objects/model/envelope.hpp"

#include <array>
#include <utility>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"

namespace caravan {
namespace {

using Kind = Envelope::Kind;

constexpr std::array<std::pair<Kind, const char*>, 9> kinds{{{Kind::hello, "hello"},
                                                             {Kind::bye, "bye"},
                                                             {Kind::call, "call"},
                                                             {Kind::cast, "cast"},
                                                             {Kind::fanout, "fanout"},
                                                             {Kind::reply, "reply"},
                                                             {Kind::request, "request"},
                                                             {Kind::drain, "drain"},
                                                             {Kind::trouble, "trouble"}}};

constexpr std::array<std::pair<const char*, std::string Envelope::*>, 8> texts{
    {{"id", &Envelope::id},
     {"from", &Envelope::from},
     {"to", &Envelope::to},
     {"method", &Envelope::method},
     {"version", &Envelope::version},
     {"operation", &Envelope::operation},
     {"cause", &Envelope::cause},
     {"avoid", &Envelope::avoid}}};

}  // namespace

const char* name(Envelope::Kind kind) {
  for (const auto& [value, text] : kinds) {
    if (value == kind) return text;
  }
  return "?";
}

Json to_json(const Envelope& envelope) {
  Json json = Json::object();
  json["kind"] = name(envelope.kind);
  for (const auto& [key, member] : texts) {
    if (!(envelope.*member).empty()) json[key] = envelope.*member;
  }
  if (!envelope.args.empty()) json["args"] = envelope.args;
  if (!envelope.result.is_null()) json["result"] = envelope.result;
  if (!envelope.error.is_null()) json["error"] = envelope.error;
  return json;
}

Envelope envelope_from_json(const Json& json) {
  const auto wrong = [](const std::string& member, const std::string& why) {
    return bad_request("message: /" + member, why, "docs/node-protocol.md lists the members");
  };
  if (!json.is_object()) throw wrong("", "is not an object");
  Envelope envelope;
  const auto kind = json.find("kind");
  if (kind == json.end() || !kind->is_string()) throw wrong("kind", "is missing or not a text");
  bool known = false;
  for (const auto& [value, text] : kinds) {
    if (*kind == text) {
      envelope.kind = value;
      known = true;
    }
  }
  if (!known) throw wrong("kind", "'" + kind->get<std::string>() + "' is not a kind of message");
  for (const auto& [key, member] : texts) {
    const auto found = json.find(key);
    if (found == json.end()) continue;
    if (!found->is_string()) throw wrong(key, "is not a text");
    envelope.*member = found->get<std::string>();
  }
  if (const auto args = json.find("args"); args != json.end()) {
    if (!args->is_object()) throw wrong("args", "is not an object");
    envelope.args = *args;
  }
  if (const auto result = json.find("result"); result != json.end()) envelope.result = *result;
  if (const auto error = json.find("error"); error != json.end()) {
    if (!error->is_null() && !error->is_object()) throw wrong("error", "is not an object");
    envelope.error = *error;
  }
  return envelope;
}

std::string encode(const Envelope& envelope) {
  return to_json(envelope).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Envelope decode(const std::string& text) { return envelope_from_json(parse_json_strict(text, "message")); }

}  // namespace caravan

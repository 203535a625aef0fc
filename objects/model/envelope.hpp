// What travels between a node and the harness: one JSON document a message. docs/node-protocol.md is the
// specification; this header and envelope.cpp are its only implementation in C++.
#pragma once

#include <string>

#include "objects/base/json.hpp"
#include "objects/base/time.hpp"

namespace caravan {

/// One message. Which members mean something depends on its kind; the others are as they are by default.
struct Envelope {
  enum class Kind {
    hello,    ///< node -> harness: I serve
    bye,      ///< node -> harness: drained, about to exit 0
    call,     ///< expects one reply
    cast,     ///< one receiver, no reply
    fanout,   ///< every node of a topic, no reply
    reply,    ///< to a call or a request
    request,  ///< harness -> api: a client's operation
    drain,    ///< harness -> node: finish what is in hand, then bye
    trouble,  ///< node -> harness: an unexpected exception, in background work too
  };
  Kind kind = Kind::cast;
  std::string id;    ///< unique in the run: "api.1#2/17" (node, incarnation, counter)
  std::string from;  ///< "api.1#2"; "client.3" for requests
  std::string to;    ///< topic "conductor", server "engine.2", or the id answered (reply)
  std::string method;
  std::string version;  ///< RPC version that the message speaks
  Json args = Json::object();
  std::string operation;  ///< client operation at the root of this message, or empty
  std::string cause;      ///< id of the message being handled when this one was sent, or empty
  std::string avoid;      ///< topic messages: a server that must not take it, or empty
  Json result;            ///< reply
  Json error;             ///< reply: null, or {type, message, kwargs}
};

/// As the wire has it; static storage.
const char* name(Envelope::Kind kind);

/// Compact text; only members that carry something are written.
std::string encode(const Envelope& envelope);
/// Throws bad_request naming the member that is wrong.
Envelope decode(const std::string& text);
Json to_json(const Envelope& envelope);
Envelope envelope_from_json(const Json& json);

}  // namespace caravan

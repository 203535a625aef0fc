// What an api orders of the engines, which may be of other releases.
#pragma once

#include <string>

#include "nodes/core/membership.hpp"

namespace caravan::nodes {

/// Goes by what the engines on record take. Methods are those of the own release's table.
class Orders {
 public:
  /// Both must outlive it. `spelled_out`: arguments with a default are in every message.
  Orders(Exchange& exchange, Membership& membership, bool spelled_out)
      : exchange_(exchange), membership_(membership), spelled_out_(spelled_out) {}

  /// Whether the method of the own release has the argument.
  bool has_argument(const std::string& method, const std::string& name) const;
  /// Before any effect: whether the engines on record take this. What is above the first version is asked
  /// again, since a record may be a second old.
  Task<bool> taken(std::string method, Json args);
  /// Throws Refused RPCVersionCapError if they do not.
  Task<void> require(std::string method, Json args);
  /// A cast to one engine, or to whichever comes first: `to` is a server or the topic.
  void cast(const Work& work, const std::string& to, const std::string& method, Json args);

 private:
  Exchange& exchange_;
  Membership& membership_;
  bool spelled_out_;
};

/// Which node a client asks for: the server that it names, or the topic.
std::string engine_for(const Envelope& request);

}  // namespace caravan::nodes

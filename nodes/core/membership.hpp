// An api or engine among the services: it is let in, it beats, it learns the caps. In direct access there is
// no other node to ask.
#pragma once

#include "nodes/core/exchange.hpp"

namespace caravan::nodes {

/// Its works run in the exchange, which must outlive it, and refer to it until they end.
class Membership {
 public:
  explicit Membership(Exchange& exchange) : exchange_(exchange) {}

  /// Says hello when a conductor has let it in; bye when that refuses, then or later. A node that is not
  /// pinned serves without an answer rather than not at all.
  void join();
  /// A pinned node recomputes its caps.
  void reload();
  /// Asks a conductor for the caps as they are now; what is pinned stays so.
  Task<void> refresh();

 private:
  Task<void> live(Work& work);
  /// True if the conductor did not let it in: it has said bye.
  bool refused(const Reply& reply);
  Json args() const;
  /// True if the caps changed.
  bool take(const Json& result);

  Exchange& exchange_;
  bool joined_ = false;
  bool fixed_ = false;  ///< the caps stay until `reload`
};

/// The caps of a node in these modes: none, the RPC caps, all of them, or those that its configuration fixes.
Caps caps_for(const Modes& modes, const std::vector<Service>& services);

}  // namespace caravan::nodes

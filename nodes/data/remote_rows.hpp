// The data through a conductor: OVO's indirection API from the caller's side. Remotable calls, lazy loads and
// backports are messages. Source: ovo-semantics sections 9 and 10; docs/node-protocol.md.
#pragma once

#include "nodes/data/rows.hpp"

namespace caravan::nodes {

/// Objects travel as primitives. One that is newer than this node knows is refused and a conductor asked for
/// a backport, another one if that does not know it either; an older one comes forward. Of a pinned node
/// nothing leaves above its caps, and nothing above them is asked for.
class RemoteRows : public Rows {
 public:
  explicit RemoteRows(Exchange& exchange) : Rows(exchange) {}

  Task<Object> get(const Work& work, std::string name, std::string id) override;
  Task<std::optional<Object>> find(const Work& work, std::string name, std::string id) override;
  Task<std::vector<Object>> list(const Work& work, std::string name, Json where) override;
  Task<void> create(const Work& work, Object object) override;
  Task<void> save(const Work& work, Object object) override;
  Task<void> remove(const Work& work, Object object) override;
  Task<void> load(const Work& work, Object object, std::string field) override;

  std::string argument(const std::string& name) const override { return name; }
  Json about(const std::string& name, const Object& object) const override {
    return {{name, exchange_.outgoing(object)}};
  }
  Task<Object> receive(const Work& work, RpcArg argument, Json args) override;
};

}  // namespace caravan::nodes

// How a release's services call each other: which version a call needs, and what is wrong with one that came.
// Two ways, chosen once in make_node: with versions, or as Sahara did without them.
#pragma once

#include <optional>
#include <string>

#include "objects/catalog/catalog.hpp"
#include "objects/model/envelope.hpp"

namespace caravan::nodes {

/// Why a call or cast cannot be performed.
struct Mismatch {
  std::string type;
  std::string answer;  ///< what its caller is told
  std::string line;    ///< what the service says of it by itself, as trouble
  bool also_line;      ///< the line is said even if a caller was answered
};

/// Pure. The release must outlive it.
class Rpc {
 public:
  /// `topic`: the one that the node serves, as its role is called.
  Rpc(const Release& release, std::string topic) : release_(release), own_(std::move(topic)) {}
  virtual ~Rpc() = default;

  /// Of the release's table; null if it has no such topic. `to` is a topic or a server ("engine.2").
  const RpcInterface* interface(const std::string& to) const;
  const RpcMethod* method(const std::string& to, const std::string& name) const;
  /// The lowest version that has the method with these arguments. Throws ObjectError UnknownMethod.
  Version version(const std::string& to, const std::string& name, const Json& args) const;

  /// What is wrong with a call or cast that came to the node, or nothing.
  virtual std::optional<Mismatch> mismatch(const Envelope& message) const = 0;

 protected:
  /// The version that a call of this method with these arguments has to name.
  virtual Version needed_by(const RpcMethod& method, const Json& args) const = 0;

  const Release& release_;
  const std::string own_;
};

/// The receiver understands its own major version up to its own minor one, and the arguments of its table.
class VersionedRpc : public Rpc {
 public:
  using Rpc::Rpc;
  std::optional<Mismatch> mismatch(const Envelope& message) const override;

 protected:
  Version needed_by(const RpcMethod& method, const Json& args) const override;
};

/// Without objects there was one target version, 1.0, whatever methods and arguments came, and nothing looks
/// at it: Python finds out when it calls the method. In place of an object its id is an argument.
class UnversionedRpc : public Rpc {
 public:
  using Rpc::Rpc;
  std::optional<Mismatch> mismatch(const Envelope& message) const override;

 protected:
  Version needed_by(const RpcMethod&, const Json&) const override { return Version("1.0"); }
};

/// The argument that an object of that name becomes where its id travels.
std::string id_argument(const std::string& argument);

}  // namespace caravan::nodes

// Objects inside the arguments and results of calls (ovo-semantics 10). Reading can need a conductor; it
// stops there and goes on with the answer, so that nothing has to wait in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/model/object_impl.hpp"

namespace caravan {

/// Every object in lists, tuples, sets and dicts becomes its primitive; a set becomes a list.
Value serialize_entity(const Value& entity);

/// A call of the indirection API that the caller has to make before an operation can go on: object_action,
/// object_class_action_versions, object_class_action, object_backport_versions or object_backport.
struct ConductorCall {
  std::string method;
  Json args;  ///< by name, as docs/node-protocol.md has them
};

/// Who reads what arrives, and how.
struct Reader {
  std::shared_ptr<const Registry> registry;
  std::optional<std::string> context;  ///< given to every object
  bool conductor = false;              ///< there is one to ask; without, a refusal goes on to the caller
  bool forward = false;  ///< older primitives are brought forward first; OVO itself has no such step
  bool encoded = false;  ///< recorded vectors, not plain JSON
};

/// Reads an entity as it arrived. Call run(): a result, or a call to make; give its reply to answer(), or say
/// not_implemented(), and run() again. The entity is walked again each time, with the answers so far.
class Deserializer {
 public:
  Deserializer(Reader reader, Json entity);

  /// Nothing when result() is there. Throws ObjectError.
  std::optional<ConductorCall> run();
  void answer(Json reply);
  /// The conductor knows only the older call.
  void not_implemented();
  const Value& result() const { return result_; }

 private:
  struct Reply {
    bool single = false;
    std::optional<Json> entity;
  };

  Value walk(Json& entity);
  Value read_object(Json& primitive);
  Object load(const Json& primitive) const;
  Value ask(const Json& primitive);
  static std::vector<Value> walk_items(Deserializer& self, Json& items);

  Reader reader_;
  Json entity_;
  std::vector<Reply> replies_;
  std::size_t used_ = 0;
  int depth_ = 0;  ///< replies inside replies
  std::optional<ConductorCall> question_;
  Value result_;
};

}  // namespace caravan

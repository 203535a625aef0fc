// Objects inside the arguments and results of calls (ovo-semantics 10). Reading can need a conductor; it
// stops there and goes on with the answer, so that nobody has to wait in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/object_impl.hpp"

namespace caravan {

/// Every object in lists, tuples, sets and dicts becomes its primitive; a set becomes a list.
Value serialize_entity(const Value& entity);

/// Reads an entity as it arrived. Call run(): a result, or a question to a conductor; give it answer() or
/// not_implemented() and run() again. The entity is walked anew each time, with the answers so far.
class Deserializer {
 public:
  struct Question {
    Json primitive;                    ///< of the object that was refused
    std::string name, version;         ///< its own
    std::optional<Manifest> versions;  ///< object_backport_versions
    std::string target;                ///< else object_backport, to this version
  };

  /// Without a conductor the refusal goes on to the caller. `encoded`: recorded vectors, not plain JSON.
  Deserializer(std::shared_ptr<const Registry> registry, Json entity, bool has_conductor,
               std::optional<std::string> context = std::nullopt, bool encoded = false);

  /// Nothing when result() is there. Throws ObjectError.
  std::optional<Question> run();
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
  Value ask(const Json& primitive);
  Value wait(Question question);
  static std::vector<Value> walk_items(Deserializer& self, Json& items);

  std::shared_ptr<const Registry> registry_;
  Json entity_;
  bool has_conductor_;
  std::optional<std::string> context_;
  bool encoded_;
  std::vector<Reply> replies_;
  std::size_t used_ = 0;
  std::optional<Question> question_;
  Value result_;
};

}  // namespace caravan

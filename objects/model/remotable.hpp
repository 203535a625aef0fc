// Remotable methods and lazy loading through the indirection API, as things that can be resumed: a node
// returns to its loop between sending a call and taking the reply (ovo-semantics 9).
#pragma once

#include <optional>
#include <string>

#include "objects/model/serializer.hpp"

namespace caravan {

/// Before any remotable method of an instance, local ones too. Throws ObjectError OrphanedObjectError.
void require_context(const Object& object, const std::string& method);

/// A remotable method that runs on the far side. Call run(): nothing when it is done, or a call to make; give
/// its reply to answer(), or say not_implemented(), and run() again. With Reader::conductor the replies pass
/// through its serializer (and may lead to backports), as on a real bus; without, they are taken as they are.
class RemotableCall {
 public:
  /// An instance method; afterwards the object holds the updates. Throws OrphanedObjectError.
  RemotableCall(Reader reader, const Object& object, const std::string& method, Json args = Json::array(),
                Json kwargs = Json::object());
  /// A class method of the newest class of that name.
  RemotableCall(Reader reader, const std::string& name, const std::string& method, Json args = Json::array(),
                Json kwargs = Json::object());

  /// Throws ObjectError. Updates apply in order; an invalid one stops half-way.
  std::optional<ConductorCall> run();
  void answer(Json reply);
  /// The conductor knows only the older call.
  void not_implemented();
  const Value& result() const { return result_; }

 private:
  void finish();
  /// `read`: the updates that hold objects, as the serializer read them; null: take all as they are.
  void apply(const Json& updates, const Value* read) const;

  Reader reader_;
  std::optional<Object> object_;  ///< of an instance method
  ConductorCall call_;
  std::optional<Json> reply_;
  std::optional<Deserializer> reading_;
  Value result_;
};

/// The value of a field. An unset one is loaded: by obj_load_attr on the far side if there is a conductor,
/// else by the class's own loader, which may refuse. Resumed like the others.
class LazyLoad {
 public:
  LazyLoad(Reader reader, Object object, std::string field);
  /// As of RemotableCall. `answer` or `not_implemented` follows each call that run() gave; `result` is for
  /// when it gave none, and refers into the object. Throws ObjectError also for what cannot be loaded:
  /// AttributeError for an unknown field, NotImplementedError if no loader knows it.
  std::optional<ConductorCall> run();
  void answer(Json reply) { call_->answer(std::move(reply)); }
  void not_implemented() { call_->not_implemented(); }
  const Value& result() const;

 private:
  Reader reader_;
  Object object_;
  std::string field_;
  std::optional<RemotableCall> call_;
};

/// The server's half: what a method changed, in the order of the fields, and `obj_what_changed`.
/// `before` is a clone made before the method ran.
Json updates_since(const Object& before, const Object& after);

}  // namespace caravan

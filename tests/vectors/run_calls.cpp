// Cases about calls: entities that need a conductor, and remotable methods with their scripted bodies.
#include "objects/remotable.hpp"
#include "objects/serializer.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

std::string text_of(const Json& test, const char* member) { return test.at(member).get<std::string>(); }

/// What a conductor sends back: the object at the versions asked for.
Json backport(const Deserializer::Question& question, const std::shared_ptr<const Registry>& remote) {
  const Object loaded = load_object(question.primitive, LoadContext{remote, nullptr, true});
  if (!question.versions) return primitive_of(loaded, question.target, nullptr);
  const auto target = question.versions->find(question.name);
  if (target == question.versions->end()) throw ObjectError("KeyError", question.name);
  return primitive_of(loaded, target->second, &*question.versions);
}

Json call_entry(const Deserializer::Question& question) {
  Json entry{{"call", question.versions ? "object_backport_versions" : "object_backport"},
             {"name", question.name},
             {"version", question.version}};
  if (question.versions) {
    entry["object_versions"] = *question.versions;
  } else {
    entry["target_version"] = question.target;
  }
  return entry;
}

Json deserialize(const VectorFile& file, const Json& test, Json& log) {
  const bool indirect = test.contains("indirection");
  Deserializer reader(file.registry(text_of(test, "catalog")), test.at("entity"), indirect, "ctx", true);
  while (const auto question = reader.run()) {
    log.push_back(call_entry(*question));
    const Json& indirection = test.at("indirection");
    if (question->versions && indirection.at("mode") == "single") {
      reader.not_implemented();
      continue;
    }
    Json reply = backport(*question, file.registry(text_of(indirection, "remote_catalog")));
    log.push_back(Json{{"reply", reply}});
    reader.answer(std::move(reply));
  }
  return encode(reader.result());
}

/// Runs the scripted body of a method.
class Method {
 public:
  Method(const Json& method, const Json& args, const Json& kwargs, std::size_t hidden,
         std::shared_ptr<const Registry> registry)
      : method_(method), registry_(std::move(registry)) {
    const Json names = method.value("args", Json::array());
    const Json defaults = method.value("defaults", Json::array());
    for (std::size_t i = 0; i < defaults.size(); ++i) {
      values_[names.at(names.size() - defaults.size() + i).get<std::string>()] = defaults[i];
    }
    for (std::size_t i = 0; i < args.size() && i + hidden < names.size(); ++i) {
      values_[names.at(i + hidden).get<std::string>()] = args[i];
    }
    for (auto item = kwargs.begin(); item != kwargs.end(); ++item) values_[item.key()] = item.value();
  }

  Value run(const Object* self) const {
    for (const Json& step : method_.at("body")) {
      const std::string verb = step.begin().key();
      const Json& body = step.begin().value();
      if (verb == "return") return value(body);
      if (verb == "raise") {
        throw ObjectError("ObjectActionError", "scripted", Json{{"action", body}, {"reason", "scripted"}});
      }
      if (verb == "reset_changes") {
        reset_changes(*self, body.value("fields", Json::array()).get<std::vector<std::string>>(), false);
      }
      if (verb != "set") continue;
      for (auto item = body.begin(); item != body.end(); ++item)
        assign(*self, item.key(), value(item.value()));
    }
    return Null{};
  }

 private:
  Value value(const Json& given) const {
    const bool parameter = given.is_object() && given.size() == 1 && given.contains("$param");
    if (!parameter) return decode(given, registry_);
    const auto found = values_.find(given.at("$param").get<std::string>());
    return found == values_.end() ? Value(Null{}) : decode(found->second, registry_);
  }

  const Json& method_;
  std::shared_ptr<const Registry> registry_;
  std::map<std::string, Json> values_;
};

class RemotableCase {
 public:
  RemotableCase(const VectorFile& file, const Json& test)
      : file_(file),
        test_(test),
        registry_(file.registry(text_of(test, "catalog"))),
        name_(text_of(test, "method")),
        args_(test.at("args")),
        kwargs_(test.value("kwargs", Json::object())),
        indirection_(test.value("indirection", Json())) {}

  Json run() {
    std::optional<Object> object;
    if (test_.contains("object")) object = build_object(test_.at("object").at("$object"), registry_);
    Json done = Json::object();
    try {
      const Value result = object ? call(*object) : call_class();
      done["result"] = encode(result);
      if (const auto* returned = result.maybe<Object>()) {
        const auto& context = returned->impl().context;
        done["result_context"] = context ? Json(*context) : Json();
      }
    } catch (const ObjectError& error) {
      done["error"] = error_json(error).at("error");
    }
    if (object) done["object"] = Json{{"$object", describe_object(*object)}};
    done["log"] = log_;
    return done;
  }

 private:
  Method method(const Class& type, std::size_t hidden,
                const std::shared_ptr<const Registry>& registry) const {
    const Json* found = type.method(name_);
    if (found == nullptr) throw ObjectError("AttributeError", name_);
    return Method(*found, args_, kwargs_, hidden, registry);
  }

  Value call(const Object& object) {
    require_context(object, name_);
    if (indirection_.is_null()) return method(*object.impl().type, 1, registry_).run(&object);
    if (indirection_.at("mode") == "execute") return execute(object);
    log_.push_back(Json{{"call", "object_action"},
                        {"context", *object.impl().context},
                        {"primitive", object.to_primitive()},
                        {"method", name_},
                        {"args", Json{{"$tuple", args_}}},
                        {"kwargs", kwargs_}});
    apply_updates(object, indirection_.at("updates"), true);
    return decode(indirection_.at("result"), registry_);
  }

  Value execute(const Object& object) {
    const auto remote = file_.registry(text_of(indirection_, "remote_catalog"));
    const Object theirs =
        load_object(object.to_primitive(), LoadContext{remote, &object.impl().context, true});
    const Object before = clone(theirs);
    const Value result = method(*theirs.impl().type, 1, remote).run(&theirs);
    const Json updates = updates_since(before, theirs);
    log_.push_back(Json{{"updates", updates}, {"result", encode(result)}});
    apply_updates(object, updates, true);
    return result;
  }

  Value call_class() {
    const std::string name = text_of(test_, "class");
    const auto type = registry_->newest(name);
    if (indirection_.is_null()) {
      Value result = method(*type, 2, registry_).run(nullptr);
      if (const auto* object = result.maybe<Object>()) object->impl().context = "ctx";
      return result;
    }
    Json entry{{"call", "object_class_action_versions"},
               {"context", "ctx"},
               {"name", name},
               {"method", name_},
               {"object_versions", registry_->manifest(name)},
               {"args", Json{{"$tuple", args_}}},
               {"kwargs", kwargs_}};
    log_.push_back(entry);
    if (indirection_.at("mode") == "single") {  // the newer call is not implemented there
      entry["call"] = "object_class_action";
      entry.erase("object_versions");
      entry["version"] = type->version();
      log_.push_back(std::move(entry));
    }
    return decode(indirection_.at("result"), registry_);
  }

  const VectorFile& file_;
  const Json& test_;
  std::shared_ptr<const Registry> registry_;
  std::string name_;
  Json args_, kwargs_, indirection_;
  Json log_ = Json::array();
};

}  // namespace

Json run_serializer(const VectorFile& file, const Json& test) {
  if (text_of(test, "op") == "serialize") {
    const auto registry = file.registry(text_of(test, "catalog"));
    return Json{{"result", encode(serialize_entity(decode(test.at("entity"), registry)))}};
  }
  Json log = Json::array();
  Json done;
  try {
    done = Json{{"result", deserialize(file, test, log)}};
  } catch (const ObjectError& error) {
    done = error_json(error);
  }
  done["log"] = std::move(log);
  return done;
}

Json run_remotable(const VectorFile& file, const Json& test) { return RemotableCase(file, test).run(); }

}  // namespace caravan::conformance

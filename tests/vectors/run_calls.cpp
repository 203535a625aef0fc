// Cases about calls: entities that need a conductor, and remotable methods with their scripted bodies.
#include "objects/model/remotable.hpp"
#include "objects/model/serializer.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

std::string text_of(const Json& test, const char* member) { return test.at(member).get<std::string>(); }

/// What a conductor sends back: the object at the versions asked for.
Json backport(const ConductorCall& call, const std::shared_ptr<const Registry>& remote) {
  const Object loaded = load_object(call.args.at("objinst"), LoadContext{remote, nullptr, true});
  if (call.method == "object_backport")
    return primitive_of(loaded, call.args.at("target_version").get<std::string>(), nullptr);
  const auto manifest = call.args.at("object_versions").get<Manifest>();
  const auto target = manifest.find(loaded.name());
  if (target == manifest.end()) throw ObjectError("KeyError", loaded.name());
  return primitive_of(loaded, target->second, &manifest);
}

Json call_entry(const ConductorCall& call, const WireKeys& keys) {
  Json entry{{"call", call.method},
             {"name", call.args.at("objinst").at(keys.name)},
             {"version", call.args.at("objinst").at(keys.version)}};
  for (const char* asked : {"object_versions", "target_version"})
    if (call.args.contains(asked)) entry[asked] = call.args.at(asked);
  return entry;
}

Json deserialize(const VectorFile& file, const Json& test, Json& log) {
  const bool indirect = test.contains("indirection");
  const auto registry = file.registry(text_of(test, "catalog"));
  Deserializer reader({registry, "ctx", indirect, false, true}, test.at("entity"));
  while (const auto call = reader.run()) {
    log.push_back(call_entry(*call, classes(*registry).keys()));
    const Json& indirection = test.at("indirection");
    if (call->method == "object_backport_versions" && indirection.at("mode") == "single") {
      reader.not_implemented();
      continue;
    }
    Json reply = backport(*call, file.registry(text_of(indirection, "remote_catalog")));
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
    if (indirection_.is_null()) {
      require_context(object, name_);
      return method(*object.impl().type, 1, registry_).run(&object);
    }
    RemotableCall remote(reader(), object, name_, Json{{"$tuple", args_}}, kwargs_);
    while (const auto call = remote.run()) remote.answer(far_side(object, *call));
    return remote.result();
  }

  Value call_class() {
    const std::string name = text_of(test_, "class");
    if (indirection_.is_null()) {
      Value result = method(*registry_->newest(name), 2, registry_).run(nullptr);
      if (const auto* object = result.maybe<Object>()) object->impl().context = "ctx";
      return result;
    }
    RemotableCall remote(reader(), name, name_, Json{{"$tuple", args_}}, kwargs_);
    while (const auto call = remote.run()) {
      Json entry{{"call", call->method}, {"context", "ctx"}, {"name", name}, {"method", name_}};
      const bool single = call->method == "object_class_action";
      const char* asked = single ? "objver" : "object_versions";
      entry[single ? "version" : asked] = call->args.at(asked);
      entry["args"] = call->args.at("args");
      entry["kwargs"] = call->args.at("kwargs");
      log_.push_back(std::move(entry));
      if (indirection_.at("mode") == "single" && !single) {
        remote.not_implemented();
      } else {
        remote.answer(indirection_.at("result"));
      }
    }
    return remote.result();
  }

  Reader reader() const { return {registry_, std::nullopt, false, false, true}; }

  /// object_action: scripted, or carried out on a copy.
  Json far_side(const Object& object, const ConductorCall& call) {
    if (indirection_.at("mode") != "execute") {
      log_.push_back(Json{{"call", call.method},
                          {"context", *object.impl().context},
                          {"primitive", call.args.at("objinst")},
                          {"method", call.args.at("objmethod")},
                          {"args", call.args.at("args")},
                          {"kwargs", call.args.at("kwargs")}});
      return {{"updates", indirection_.at("updates")}, {"result", indirection_.at("result")}};
    }
    const auto registry = file_.registry(text_of(indirection_, "remote_catalog"));
    const Object theirs =
        load_object(call.args.at("objinst"), LoadContext{registry, &object.impl().context, true});
    const Object before = clone(theirs);
    const Value result = method(*theirs.impl().type, 1, registry).run(&theirs);
    const Json done{{"updates", updates_since(before, theirs)}, {"result", encode(result)}};
    log_.push_back(done);
    return done;
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

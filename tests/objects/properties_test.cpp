// What holds of every object of Sahara's history, with any values: sent and read, told to an older version
// and back; and of every rule.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "objects/base/json_text.hpp"
#include "objects/catalog/describe.hpp"
#include "objects/model/encoded.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/model/object_text.hpp"
#include "objects/model/rules.hpp"
#include "tests/objects/sample.hpp"
#include "tests/property.hpp"

namespace caravan {
namespace {

using test::holds;

const std::shared_ptr<const Registry>& sahara() {
  static const auto registry = Registry::from(sahara_catalog());
  return registry;
}

rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "B", "7", "-", ".", " ", "\"", "\\", "/", "://", "\n", "\x1b", "\x7f", "\xC3\xA9",
          "\xF0\x9F\x90\xAA", "\xE2\x80\xA8", std::string(1, '\0'))),
      [](const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, "")); });
}

Json any_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<std::uint64_t>();
    case 4:
      return *rc::gen::arbitrary<double>();
    case 5:
      return *any_text();
    case 6: {
      Json list = Json::array();
      for (int left = *rc::gen::inRange(0, 4); left > 0; --left) list.push_back(any_json(depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (int left = *rc::gen::inRange(0, 4); left > 0; --left)
        object[*rc::gen::element<std::string>("a", "b", "", "$int", "versioned_object.data")] =
            any_json(depth - 1);
      return object;
    }
  }
}

Json any_time() {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", *rc::gen::inRange(1000, 9999),
                     *rc::gen::inRange(1, 13), *rc::gen::inRange(1, 29), *rc::gen::inRange(0, 24),
                     *rc::gen::inRange(0, 60), *rc::gen::inRange(0, 60));
}

/// The words that the newest version writes at that path, if it has a list of them.
const std::vector<Json>* words(const std::string& object, const std::string& field, const std::string& path) {
  const Contract* contract = sahara_catalog().contract(object, field);
  const std::vector<Json>* found = nullptr;
  if (contract == nullptr) return nullptr;
  for (const auto& legal : contract->legal)
    if (legal.path == path) found = &legal.values;
  return found;
}

Object any_object(const std::string& name, int depth);

Json any_value(const std::string& object, const FieldSpec& field) {
  const std::string& type = field.type.name;
  if (type == "Boolean") return *rc::gen::arbitrary<bool>();
  if (type == "Integer") return *rc::gen::arbitrary<std::int64_t>();
  if (type == "Float") return *rc::gen::arbitrary<double>();
  if (type == "DateTime") return any_time();
  if (type == "Enum") return *rc::gen::elementOf(field.type.values.get<std::vector<Json>>());
  if (const auto* known = words(object, field.name, ""); known != nullptr && !known->empty())
    return *rc::gen::elementOf(*known);
  if (type == "String") return *any_text();
  Json value = any_json(3);
  if (const auto* known = words(object, field.name, "status"); known != nullptr && value.is_object())
    value["status"] = *rc::gen::elementOf(*known);
  return value;
}

/// Of the newest class, with some of its fields.
Object any_object(const std::string& name, int depth) {
  Object made = Object::create(sahara(), name);
  for (const FieldSpec& field : made.spec().fields) {
    if (*rc::gen::inRange(0, 3) == 0) continue;
    if (field.type.name == "ListOfObjects") {
      std::vector<Object> children;
      for (int left = depth > 0 ? *rc::gen::inRange(0, 3) : 0; left > 0; --left)
        children.push_back(any_object(field.type.object, depth - 1));
      made.set_children(field.name, children);
    } else if (field.nullable && *rc::gen::inRange(0, 6) == 5) {
      made.set(field.name, nullptr);
    } else {
      made.set(field.name, any_value(name, field));
    }
  }
  if (*rc::gen::arbitrary<bool>()) made.reset_changes();
  return made;
}

const ClassHistory& any_history() {
  const auto& all = sahara_catalog().histories;
  return all[*rc::gen::inRange<std::size_t>(0, all.size())];
}

TEST(ObjectProperties, AnObjectIsReadAsItWasSent) {
  holds([] {
    const Object sent = any_object(any_history().name, 2);
    const std::string text = object_text(sent);
    RC_ASSERT(text == sent.to_primitive().dump());
    const Object read = object_from_text(sahara(), text, "sent");
    RC_ASSERT(object_text(read) == text);
    RC_ASSERT(read.what_changed() == sent.what_changed());
    RC_ASSERT(describe_object(read).dump() == describe_object(sent).dump());
    const Object again = Object::from_primitive(sahara(), parse_json_strict(text, "sent"));
    RC_ASSERT(object_text(again) == text);
    RC_ASSERT(object_text(clone(sent)) == text);
  });
}

const Json& data_of(const Json& primitive) { return primitive.at("versioned_object.data"); }

/// Whether a version below what the contract asks for carries the field's value as it is.
bool carries(const Contract& contract, const Version& version) {
  if (contract.lost_below && version < *contract.lost_below) return false;
  if (contract.since && version < *contract.since) return false;
  const auto changes = [&](const auto& entry) { return version < entry.below; };
  return std::none_of(contract.seen_as.begin(), contract.seen_as.end(), changes) &&
         std::none_of(contract.limits.begin(), contract.limits.end(), changes);
}

TEST(ObjectProperties, ToAnOlderVersionAndBackOnlyWhatThatVersionLacksIsLost) {
  holds([] {
    const ClassHistory& history = any_history();
    const Version version = (*rc::gen::elementOf(history.versions)).first;
    const Object whole = any_object(history.name, 0);
    const std::string before = object_text(whole);
    Json older;
    try {
      older = whole.to_primitive(version.text());
    } catch (const ObjectError& error) {
      RC_ASSERT(error.type == "ObjectActionError");  // it says that the version cannot carry it
      RC_TAG("refused");
      return;
    }
    RC_ASSERT(object_text(whole) == before);
    const Object back = Object::from_primitive(sahara(), Object::forward(*sahara(), older));
    for (const Contract& contract : history.contracts) {
      if (contract.until || !carries(contract, version)) continue;
      RC_ASSERT(back.is_set(contract.field) == whole.is_set(contract.field));
      if (whole.is_set(contract.field)) RC_ASSERT(back.get(contract.field) == whole.get(contract.field));
    }
    RC_ASSERT(data_of(back.to_primitive(version.text())) == data_of(older));
  });
}

struct RuleKind {
  const char* op;
  Json args;
  bool once;  ///< a second time it changes nothing
};

const std::vector<RuleKind>& rule_kinds() {
  static const std::vector<RuleKind> kinds = {
      {"remove", Json::object(), true},
      {"rename", {{"to", "g"}}, false},
      {"copy", {{"to", "g"}}, true},
      {"map_value", {{"map", {{"a", "b"}, {1, 2}, {nullptr, "none"}}}}, false},
      {"cast", {{"to", "string"}}, false},
      {"cast", {{"to", "integer"}}, true},
      {"cast", {{"to", "float"}}, true},
      {"set_default", {{"value", "d"}}, true},
      {"set", {{"value", {1, 2}}}, true},
      {"require_in", {{"values", {"a", 1, nullptr}}}, true},
      {"reject_if_set", Json::object(), true},
      {"drop_keys", {{"keys", {"a", "b"}}}, true},
      {"join", {{"sep", ","}}, true},
      {"first", Json::object(), false},
      {"truncate", {{"length", 2}}, true},
      {"clamp", {{"min", -3}, {"max", 9}}, true},
      {"reject_value", {{"values", {"a", 1}}}, true},
      {"reject_longer", {{"length", 2}}, true},
      {"strip_zone", Json::object(), true}};
  return kinds;
}

TEST(RuleProperties, ARuleTouchesNothingButWhatItNames) {
  holds([] {
    const RuleKind kind = rule_kinds()[*rc::gen::inRange<std::size_t>(0, rule_kinds().size())];
    RC_TAG(std::string(kind.op));
    const auto path = *rc::gen::element<std::string>("f", "f.a", "f:scheme");
    Json data = Json::object();
    for (const char* field : {"f", "g", "h"})
      if (*rc::gen::inRange(0, 4) != 3) data[field] = any_json(2);
    Json args = kind.args;
    args[args.contains("to") && kind.op != std::string("cast") ? "from" : "field"] = path;
    const Step step = compile({Rule{Version("9.9"), kind.op, path, args}}).front();
    Json after = data;
    try {
      apply(step, after, "Thing");
    } catch (const ObjectError& error) {
      RC_ASSERT(std::set<std::string>({"ObjectActionError", "TypeError", "ValueError", "OverflowError"})
                    .count(error.type) == 1);
      return;
    }
    const bool moves = step.op == RuleOp::rename || step.op == RuleOp::copy;
    for (const char* field : {"f", "g", "h"}) {
      if (field == std::string("f") || (moves && field == std::string("g"))) continue;
      RC_ASSERT(after.contains(field) == data.contains(field));
      if (data.contains(field)) RC_ASSERT(after.at(field) == data.at(field));
    }
    for (const auto& item : after.items())
      RC_ASSERT(item.key() == "g" || data.contains(item.key()) || item.key() == "f");
    if (!kind.once) return;
    Json twice = after;
    apply(step, twice, "Thing");
    RC_ASSERT(twice == after);
  });
}

TEST(RuleProperties, ARenameIsUndoneByItsOpposite) {
  holds([] {
    const Json value = any_json(3);
    Json data{{"old", value}, {"other", 1}};
    const auto rename = [&](const char* from, const char* to) {
      apply(compile({Rule{Version("9.9"), "rename", from, Json{{"from", from}, {"to", to}}}}).front(), data,
            "T");
    };
    rename("old", "new");
    RC_ASSERT(!data.contains("old") && data.at("new") == value);
    rename("new", "old");
    RC_ASSERT((data == Json{{"other", 1}, {"old", value}}));
  });
}

}  // namespace
}  // namespace caravan

// The table of rule operations, each a few lines on the data dictionary of a primitive.
#include "objects/model/rules.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/model/scalar.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

/// In the order of RuleOp.
constexpr std::array<const char*, 18> op_names = {
    "remove",   "rename",     "copy",          "map_value",    "cast",          "set_default",
    "set",      "require_in", "reject_if_set", "drop_keys",    "join",          "first",
    "truncate", "clamp",      "fold",          "reject_value", "reject_longer", "strip_zone"};

RuleOp op_of(const Rule& rule) {
  const auto found = std::find(op_names.begin(), op_names.end(), rule.op);
  if (found == op_names.end()) {
    throw bad_request("rule of " + rule.field, "unknown op \"" + rule.op + "\"",
                      did_you_mean(rule.op, {op_names.begin(), op_names.end()}));
  }
  return static_cast<RuleOp>(found - op_names.begin());
}

/// The value at a path in `data`. A scheme is a part of a text: it is read and written as a separate text.
class Slot {
 public:
  Slot(Json& data, const RulePath& path) : path_(path) {
    holder_ = &data;
    if (!path.key.empty()) {
      const auto outer = data.find(path.field);
      holder_ = outer != data.end() && outer->is_object() ? &*outer : nullptr;
    }
    name_ = path.key.empty() ? &path.field : &path.key;
    if (holder_ == nullptr) return;
    const auto found = holder_->find(*name_);
    if (found == holder_->end()) return;
    value_ = &*found;
    if (!path.scheme) return;
    whole_ = value_;
    value_ = nullptr;
    if (!whole_->is_string()) return;
    const auto& text = whole_->get_ref<const std::string&>();
    const std::size_t end = text.find("://");
    if (end == std::string::npos) return;
    scheme_ = text.substr(0, end);
    value_ = &scheme_;
  }

  /// Null if absent.
  const Json* get() const { return value_; }
  bool filled() const { return value_ != nullptr && !value_->is_null(); }

  void put(Json value) {
    if (path_.scheme) {
      if (value_ == nullptr || !value.is_string()) return;
      const auto& text = whole_->get_ref<const std::string&>();
      *whole_ = value.get_ref<const std::string&>() + text.substr(text.find("://"));
    } else if (value_ != nullptr) {
      *value_ = std::move(value);
    } else if (holder_ != nullptr) {
      (*holder_)[*name_] = std::move(value);
    }
  }
  void erase() {
    if (value_ != nullptr && !path_.scheme) holder_->erase(*name_);
    value_ = nullptr;
  }
  Json* in_place() { return path_.scheme ? nullptr : value_; }

 private:
  const RulePath& path_;
  Json* holder_ = nullptr;
  const std::string* name_ = nullptr;
  Json* value_ = nullptr;
  Json* whole_ = nullptr;
  Json scheme_;
};

/// Equal and of the same JSON type: 1, 1.0 and true are three values.
bool same(const Json& a, const Json& b) {
  if (a.is_number_integer() != b.is_number_integer() || a.is_number_float() != b.is_number_float() ||
      a.is_boolean() != b.is_boolean()) {
    return false;
  }
  return equal(from_json(a), from_json(b));
}

bool one_of(const Json& value, const Json& values) {
  const Value held = from_json(value);
  return std::any_of(values.begin(), values.end(),
                     [&held](const Json& v) { return equal(held, from_json(v)); });
}

[[noreturn]] void refuse(const Step& step, const std::string& class_name) {
  const std::string reason = class_name + "." + step.path.text + " not representable";
  throw ObjectError("ObjectActionError", "Object action obj_make_compatible failed because: " + reason,
                    Json{{"action", "obj_make_compatible"}, {"reason", reason}});
}

void map_value(const Step& step, Slot& slot, const std::string& class_name) {
  if (slot.get() == nullptr) return;
  for (const Json& entry : step.args.at("map")) {
    if (same(entry.at(0), *slot.get())) return slot.put(entry.at(1));
  }
  const auto otherwise = step.args.find("otherwise");
  if (otherwise == step.args.end() || *otherwise == "keep") return;
  if (*otherwise == "error") refuse(step, class_name);
  slot.put(otherwise->at("value"));
}

Json cast(const Json& value, const std::string& to) {
  const Value held = from_json(value);
  if (to == "string") return python_str(held);
  if (to == "integer") return to_wire(coerce_integer(held));
  if (to == "float") return to_wire(coerce_float(held));
  return truthy(held);
}

void join(Slot& slot, const std::string& separator) {
  if (slot.get() == nullptr || !slot.get()->is_array()) return;
  std::string joined;
  bool begun = false;
  for (const Json& item : *slot.get()) {
    if (!item.is_string()) return;
    joined += (begun ? separator : "") + item.get_ref<const std::string&>();
    begun = true;
  }
  slot.put(joined);
}

void clamp(Slot& slot, const Json& args) {
  if (!slot.filled()) return;
  const Value held = from_json(*slot.get());
  if (!slot.get()->is_number() && !slot.get()->is_boolean())
    throw ObjectError("TypeError",
                      "'<' not supported between instances of '" + type_name(held) + "' and 'int'");
  const auto bound = [&args](const char* name) -> const Json* {
    const auto found = args.find(name);
    return found == args.end() || found->is_null() ? nullptr : &*found;
  };
  const Json* low = bound("min");
  const Json* high = bound("max");
  const Json number = slot.get()->is_boolean() ? Json(slot.get()->get<bool>() ? 1 : 0) : *slot.get();
  if (low != nullptr && number < *low) return slot.put(*low);
  if (high != nullptr && *high < number) return slot.put(*high);
}

void fold(const Step& step, Json& data) {
  Json folded = Json::object();
  for (const Json& field : step.args.at("fields")) {
    const auto& name = field.get_ref<const std::string&>();
    const auto found = data.find(name);
    if (found == data.end()) continue;
    folded[name] = std::move(*found);
    data.erase(name);
  }
  data[step.args.at("into").get<std::string>()] = std::move(folded);
}

/// "2015-04-30T12:00:00Z" -> "2015-04-30T12:00:00": what a local clock shows.
void strip_zone(Slot& slot) {
  if (slot.get() == nullptr || !slot.get()->is_string()) return;
  const auto& text = slot.get()->get_ref<const std::string&>();
  const std::size_t time = text.find('T');
  if (time == std::string::npos) return;
  const std::size_t zone = text.find_first_of("Z+-", time);
  if (zone != std::string::npos) slot.put(text.substr(0, zone));
}

}  // namespace

RulePath rule_path(const std::string& text) {
  RulePath path{text, text, {}, false};
  if (const std::size_t colon = text.find(':');
      colon != std::string::npos && text.substr(colon) == ":scheme") {
    path.scheme = true;
    path.field = text.substr(0, colon);
  }
  if (const std::size_t dot = path.field.find('.'); dot != std::string::npos) {
    path.key = path.field.substr(dot + 1);
    path.field = path.field.substr(0, dot);
  }
  return path;
}

std::vector<Step> compile(const std::vector<Rule>& rules) {
  std::vector<Step> steps;
  for (const Rule& rule : rules) {
    Step step;
    step.below = rule.below;
    step.op = op_of(rule);
    step.args = rule.args;
    const auto text = [&rule](const char* member) {
      const auto found = rule.args.find(member);
      return found != rule.args.end() && found->is_string() ? found->get<std::string>() : rule.field;
    };
    const bool moves = step.op == RuleOp::rename || step.op == RuleOp::copy;
    step.path = rule_path(moves ? text("from") : rule.field);
    if (moves) step.to = rule_path(text("to"));
    if (const auto given = rule.args.find("if_set"); given != rule.args.end())
      step.if_set = given->get<std::string>();
    if (const auto given = rule.args.find("unguarded"); given != rule.args.end())
      step.unguarded = given->get<bool>();
    steps.push_back(std::move(step));
  }
  return steps;
}

void apply(const Step& step, Json& data, const std::string& class_name) {
  if (!step.if_set.empty() && !data.contains(step.if_set)) return;
  if (step.unguarded && !data.contains(step.path.field))
    throw ObjectError("KeyError", python_repr(step.path.field));
  if (step.op == RuleOp::fold) return fold(step, data);
  Slot slot(data, step.path);
  const Json* value = slot.get();
  switch (step.op) {
    case RuleOp::remove:
      slot.erase();
      break;
    case RuleOp::rename:
    case RuleOp::copy:
      if (value != nullptr) {
        Json moved = *value;
        if (step.op == RuleOp::rename) slot.erase();
        Slot(data, step.to).put(std::move(moved));
      }
      break;
    case RuleOp::map_value:
      map_value(step, slot, class_name);
      break;
    case RuleOp::cast:
      if (slot.filled()) slot.put(cast(*value, step.args.at("to").get<std::string>()));
      break;
    case RuleOp::set_default:
      if (!slot.filled()) slot.put(step.args.at("value"));
      break;
    case RuleOp::set:
      slot.put(step.args.at("value"));
      break;
    case RuleOp::require_in:
      if (slot.filled() && !one_of(*value, step.args.at("values"))) refuse(step, class_name);
      break;
    case RuleOp::reject_if_set:
      if (slot.filled()) refuse(step, class_name);
      break;
    case RuleOp::drop_keys:
      if (Json* dict = slot.in_place(); dict != nullptr && dict->is_object()) {
        for (const Json& key : step.args.at("keys")) dict->erase(key.get<std::string>());
      }
      break;
    case RuleOp::join:
      join(slot, step.args.at("sep").get<std::string>());
      break;
    case RuleOp::first:
      if (value != nullptr && value->is_array()) {
        Json head = value->empty() ? Json() : Json(value->front());
        slot.put(std::move(head));
      }
      break;
    case RuleOp::truncate:
      if (value != nullptr && value->is_string()) {
        const auto length = step.args.at("length").get<std::size_t>();
        slot.put(std::string(first_code_points(value->get_ref<const std::string&>(), length)));
      }
      break;
    case RuleOp::clamp:
      clamp(slot, step.args);
      break;
    case RuleOp::fold:
      break;
    case RuleOp::reject_value:
      if (value != nullptr && one_of(*value, step.args.at("values"))) refuse(step, class_name);
      break;
    case RuleOp::reject_longer:
      if (value != nullptr && value->is_string() &&
          code_points(value->get_ref<const std::string&>()) > step.args.at("length").get<std::size_t>()) {
        refuse(step, class_name);
      }
      break;
    case RuleOp::strip_zone:
      strip_zone(slot);
      break;
  }
}

}  // namespace caravan

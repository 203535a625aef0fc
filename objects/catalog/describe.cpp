#include "objects/catalog/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace caravan {
namespace {

std::vector<std::string> shown_all(const Json& values) {
  std::vector<std::string> out;
  for (const Json& value : values) out.push_back(shown(value));
  return out;
}

std::string version_pairs(const Json& map) {
  std::vector<std::string> out;
  for (const Json& pair : map) out.push_back(shown(pair.at(0)) + " to " + shown(pair.at(1)));
  return joined(out);
}

std::string condition_text(const Refusal::Condition& one) {
  if (one.op == "set") return one.field + " is set";
  if (one.op == "true") return one.field + " is true";
  if (one.op == "non_empty") return one.field + " is not empty";
  if (one.op == "greater") return one.field + " > " + shown(one.value);
  if (one.op == "any_required") return "one of " + one.field + " is required and has no default";
  return one.field + " " + one.op;
}

}  // namespace

std::string shown(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : separator) + word;
  return out;
}

std::string place_in_field(const std::string& field, const std::string& path) {
  if (path.empty()) return field;
  return path.front() == ':' ? field + path : field + "." + path;
}

std::string describe(const FieldType& type) {
  std::string out = type.name;
  if (!type.object.empty()) out += " of " + type.object + (type.subclasses ? " and its subclasses" : "");
  if (type.element) {
    out += " of " + describe(type.element->type);
    if (type.element->nullable) out += " (nullable)";
  }
  if (!type.tzinfo_aware) out += " without time zone";
  return out;
}

std::string describe(const FieldSpec& field) {
  std::string out = describe(field.type);
  if (field.nullable) out += ", nullable";
  if (field.read_only) out += ", read_only";
  if (field.default_value) out += ", default " + shown(*field.default_value);
  if (field.create_default) out += ", created as " + shown(*field.create_default);
  if (field.deferred) out += ", loaded lazily";
  return out;
}

std::string describe(const Rule& rule) {
  const Json& args = rule.args;
  const auto text = [&args](const char* member) {
    const auto found = args.find(member);
    if (found == args.end()) return std::string();
    return found->is_string() ? found->get<std::string>() : shown(*found);
  };
  std::string out = rule.op + " " + rule.field;
  if (rule.op == "rename" || rule.op == "copy") {
    out = rule.op + " " + text("from") + " to " + text("to");
  } else if (rule.op == "map_value") {
    out += ": " + version_pairs(args.value("map", Json::array()));
    const auto otherwise = args.find("otherwise");
    if (otherwise != args.end() && *otherwise != "keep")
      out += otherwise->is_object() ? ", others to " + shown(otherwise->at("value")) : ", others refused";
  } else if (rule.op == "cast") {
    out += " to " + text("to");
  } else if (rule.op == "set" || rule.op == "set_default") {
    out += " to " + shown(args.value("value", Json()));
  } else if (rule.op == "fold") {
    out = "fold " + joined(args.value("fields", std::vector<std::string>())) + " into " + text("into");
  } else {
    for (const char* member : {"values", "keys"})
      if (args.contains(member)) out += ": " + joined(shown_all(args.at(member)));
    if (args.contains("length")) out += " to " + text("length");
    if (args.contains("sep")) out += " with " + shown(args.at("sep"));
    for (const char* member : {"min", "max"})
      if (args.contains(member)) out += fmt::format(" {} {}", member, text(member));
  }
  if (args.contains("if_set")) out += " if " + text("if_set") + " is there";
  if (args.value("unguarded", false)) out += ", unset or not";
  return out;
}

std::vector<std::string> describe(const Contract& contract) {
  std::vector<std::string> out;
  const auto add = [&out](std::string word) { out.push_back(std::move(word)); };
  const auto at = [&contract](const std::string& path) { return place_in_field(contract.field, path); };
  if (contract.since) add("since " + contract.since->text());
  if (contract.until) add("until " + contract.until->text());
  if (contract.was_called)
    add(fmt::format("below {} called {}", contract.was_called->second.text(), contract.was_called->first));
  if (contract.absent_means) add("absent means " + shown(*contract.absent_means));
  if (contract.lost_below) add(fmt::format("below {} lost", contract.lost_below->text()));
  for (const auto& seen : contract.seen_as)
    add(fmt::format("below {} {} {} reads {}", seen.below.text(), at(seen.path), shown(seen.value),
                    shown(seen.as)));
  for (const auto& limit : contract.limits) {
    if (limit.length)
      add(fmt::format("below {} {} {} characters", limit.below.text(), limit.cut ? "cut at" : "refused above",
                      *limit.length));
    if (!limit.values.empty())
      add(fmt::format("below {} {} {} refused", limit.below.text(), at(limit.path),
                      joined(shown_all(limit.values))));
  }
  for (const auto& old : contract.forward)
    add(fmt::format("from below {} {} {} means {}", old.below.text(), at(old.path), shown(old.value),
                    shown(old.as)));
  for (const std::string& path : contract.secret)
    add(path.empty() ? "secret" : "secret: " + place_in_field(contract.field, path));
  return out;
}

std::vector<ClosedSet> closed_sets(const Contract& contract) {
  std::vector<ClosedSet> out;
  for (const auto& legal : contract.legal) {
    const auto known =
        std::find_if(out.begin(), out.end(), [&](const ClosedSet& set) { return set.path == legal.path; });
    if (known == out.end())
      out.push_back({legal.path, legal.values});
    else
      known->values = legal.values;
  }
  return out;
}

std::string describe(const Refusal& refusal) {
  std::vector<std::string> when;
  for (const auto& one : refusal.when) when.push_back(condition_text(one));
  return joined(refusal.acts) + " when " + joined(when, " and ");
}

std::string describe(const RpcArg& arg) {
  return arg.name + (arg.object.empty() ? "" : ": " + arg.object) +
         (arg.default_value ? "=" + shown(*arg.default_value) : "");
}

std::string describe(const RpcMethod& method) {
  std::vector<std::string> args;
  for (const RpcArg& arg : method.args) args.push_back(describe(arg));
  return fmt::format("{} {}({})", method.call ? "call" : "cast", method.name, joined(args));
}

}  // namespace caravan

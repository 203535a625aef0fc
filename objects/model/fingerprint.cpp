// The repr of fields, methods and child versions, spelled as the library spells them.
#include "objects/model/fingerprint.hpp"

#include <algorithm>

#include "objects/base/digest.hpp"
#include "objects/model/encoded.hpp"
#include "objects/model/registry.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator = ", ") {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : separator) + parts[i];
  return out;
}

/// The name of the field's type class; lists of anything are `List`, a state machine is an `Enum`.
const char* type_text(FieldKind kind) {
  if (kind == FieldKind::ListOfObjects || kind == FieldKind::ListOfEnum) return "List";
  if (kind == FieldKind::StateMachine) return "Enum";
  return name(kind);
}

std::string default_text(const Value& value, bool sets_by_rule) {
  const auto* set = value.maybe<Set>();
  if (set == nullptr || !sets_by_rule) return python_str(value);
  std::vector<std::string> items;
  for (const Value& item : set->items) items.push_back(python_str(item));
  std::sort(items.begin(), items.end());
  return "set([" + joined(items, ",") + "])";
}

std::string field_text(const Field& field) {
  const bool enumeration = field.kind == FieldKind::Enum || field.kind == FieldKind::ListOfEnum ||
                           field.kind == FieldKind::StateMachine;
  std::optional<std::string> default_value, values;
  if (field.default_value) default_value = default_text(*field.default_value, !enumeration);
  if (enumeration) values = python_repr(Value(List{field.values}));
  return field_spec(type_text(field.kind), default_value, field.nullable, values);
}

std::string names_text(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (const std::string& one : names) parts.push_back(python_repr(one));
  return "[" + joined(parts) + "]";
}

std::string method_text(const Json& method) {
  const Json none = Json::array();
  const auto name_or_none = [&method](const char* member) -> std::optional<std::string> {
    const auto found = method.find(member);
    if (found == method.end() || found->is_null()) return std::nullopt;
    return found->get<std::string>();
  };
  const Json defaults = method.value("defaults", none);
  const Json kwonly_defaults = method.value("kwonly_defaults", Json::object());
  const Json annotations = method.value("annotations", Json::object());
  MethodSpec spec;
  spec.args = method.value("args", none).get<std::vector<std::string>>();
  spec.kwonly = method.value("kwonly", none).get<std::vector<std::string>>();
  spec.varargs = name_or_none("varargs");
  spec.keywords = name_or_none("keywords");
  if (!defaults.empty()) spec.defaults = python_repr(Value(Tuple{decode(defaults).as<List>().items}));
  if (!kwonly_defaults.empty()) spec.kwonly_defaults = python_repr(decode(kwonly_defaults));
  spec.annotations = python_repr(decode(annotations));
  spec.full = !spec.kwonly.empty() || !annotations.empty();
  return method_spec(spec);
}

/// Adds [('name', TEXT), ...], sorted by name.
void add_pairs(FingerprintParts::Named& pairs, std::string& out) {
  if (!std::is_sorted(pairs.begin(), pairs.end())) std::sort(pairs.begin(), pairs.end());
  std::string_view before = "[(";
  for (const auto& [key, text] : pairs) {
    out += before;
    append_repr(key, out);
    (out += ", ") += text;
    before = "), (";
  }
  out += pairs.empty() ? "[]" : ")]";
}

}  // namespace

std::string field_spec(const std::string& type, const std::optional<std::string>& default_text, bool nullable,
                       const std::optional<std::string>& valid_values) {
  static constexpr std::string_view unspecified = "<class 'oslo_versionedobjects.fields.UnspecifiedDefault'>";
  std::string out;
  out.reserve(128);
  (out += type) += "(default=";
  out += default_text ? std::string_view(*default_text) : unspecified;
  out += nullable ? std::string_view(",nullable=True") : ",nullable=False";
  if (valid_values) (out += ",valid_values=") += *valid_values;
  out += ')';
  return out;
}

std::string method_spec(const MethodSpec& method) {
  const auto name = [](const std::optional<std::string>& given) {
    return given ? python_repr(*given) : std::string("None");
  };
  const std::string begin = "args=" + names_text(method.args) + ", varargs=" + name(method.varargs);
  const std::string keywords = name(method.keywords);
  if (!method.full)
    return "ArgSpec(" + begin + ", keywords=" + keywords + ", defaults=" + method.defaults + ")";
  return "FullArgSpec(" + begin + ", varkw=" + keywords + ", defaults=" + method.defaults +
         ", kwonlyargs=" + names_text(method.kwonly) + ", kwonlydefaults=" + method.kwonly_defaults +
         ", annotations=" + method.annotations + ")";
}

std::string fingerprint_text(FingerprintParts given, const std::vector<Value>& extra) {
  std::string out;
  out.reserve(100 + 128 * (given.fields.size() + given.methods.size()));
  out += '(';
  add_pairs(given.fields, out);
  out += ", ";
  add_pairs(given.methods, out);
  if (given.child_versions) {
    FingerprintParts::Named children;
    for (const auto& [own, child] : *given.child_versions) children.emplace_back(own, python_repr(child));
    out += ", OrderedDict(";
    if (!children.empty()) add_pairs(children, out);
    out += ')';
  }
  for (const Value& value : extra) (out += ", ") += python_repr(value);
  out += ')';
  return out;
}

std::string fingerprint_text(const Class& type, const std::vector<Value>& extra) {
  FingerprintParts parts;
  parts.fields.reserve(type.fields.size());
  for (const auto& [name, index] : type.by_name()) {
    parts.fields.emplace_back(name, field_text(*type.fields[static_cast<std::size_t>(index)]));
  }
  for (const Json& method : type.spec.methods) {
    if (method.value("kind", "instance") == "plain") continue;
    parts.methods.emplace_back(method.at("name").get<std::string>(), method_text(method));
  }
  if (type.is_list) {
    parts.child_versions.emplace();
    if (type.spec.child_versions) {
      for (const auto& [own, child] : *type.spec.child_versions)
        parts.child_versions->emplace_back(own.text(), child.text());
    }
  }
  return fingerprint_text(std::move(parts), extra);
}

std::string fingerprint_of(const std::string& version, const std::string& text) {
  return version + "-" + md5(text);
}

std::string fingerprint(const Class& type, const std::vector<Value>& extra) {
  return fingerprint_of(type.version(), fingerprint_text(type, extra));
}

}  // namespace caravan

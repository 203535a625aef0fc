// The repr of fields, methods and child versions, spelled as the library spells them.
#include "objects/fingerprint.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "objects/encoded.hpp"
#include "objects/error.hpp"
#include "objects/python_text.hpp"
#include "objects/registry.hpp"

namespace caravan {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator = ", ") {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : separator) + parts[i];
  return out;
}

/// The name of the field's type class; lists of anything are `List`, a state machine is an `Enum`.
std::string type_text(FieldKind kind) {
  if (kind == FieldKind::ListOfObjects || kind == FieldKind::ListOfEnum) return "List";
  if (kind == FieldKind::StateMachine) return "Enum";
  return name(kind);
}

std::string default_text(const Field& field, bool sets_by_rule) {
  if (!field.default_value) return "<class 'oslo_versionedobjects.fields.UnspecifiedDefault'>";
  const auto* set = field.default_value->maybe<Set>();
  if (set == nullptr || !sets_by_rule) return python_str(*field.default_value);
  std::vector<std::string> items;
  for (const Value& item : set->items) items.push_back(python_str(item));
  std::sort(items.begin(), items.end());
  return "set([" + joined(items, ",") + "])";
}

std::string field_text(const Field& field) {
  const bool enumeration = field.kind == FieldKind::Enum || field.kind == FieldKind::ListOfEnum ||
                           field.kind == FieldKind::StateMachine;
  std::string out = type_text(field.kind) + "(default=" + default_text(field, !enumeration) +
                    ",nullable=" + (field.nullable ? "True" : "False");
  if (enumeration) out += ",valid_values=" + python_repr(Value(List{field.values}));
  return out + ")";
}

std::string names_text(const Json& names) {
  std::vector<std::string> parts;
  for (const Json& one : names) parts.push_back(python_repr(one.get<std::string>()));
  return "[" + joined(parts) + "]";
}

std::string name_or_none(const Json& method, const char* member) {
  const auto found = method.find(member);
  return found == method.end() || found->is_null() ? "None" : python_repr(found->get<std::string>());
}

std::string method_text(const Json& method) {
  const Json none = Json::array();
  const Json args = method.value("args", none), defaults = method.value("defaults", none);
  const Json kwonly = method.value("kwonly", none);
  const Json kwonly_defaults = method.value("kwonly_defaults", Json::object());
  const Json annotations = method.value("annotations", Json::object());
  std::string defaults_text = "None";
  if (!defaults.empty()) defaults_text = python_repr(Value(Tuple{decode(defaults).as<List>().items}));
  const std::string begin = "args=" + names_text(args) + ", varargs=" + name_or_none(method, "varargs");
  const std::string keywords = name_or_none(method, "keywords");
  if (kwonly.empty() && annotations.empty()) {
    return "ArgSpec(" + begin + ", keywords=" + keywords + ", defaults=" + defaults_text + ")";
  }
  return "FullArgSpec(" + begin + ", varkw=" + keywords + ", defaults=" + defaults_text +
         ", kwonlyargs=" + names_text(kwonly) +
         ", kwonlydefaults=" + (kwonly_defaults.empty() ? "None" : python_repr(decode(kwonly_defaults))) +
         ", annotations=" + python_repr(decode(annotations)) + ")";
}

/// ('name', TEXT) of each, sorted by name.
std::string pairs_text(std::vector<std::pair<std::string, std::string>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::string> parts;
  for (const auto& [key, text] : pairs) parts.push_back("(" + python_repr(key) + ", " + text + ")");
  return "[" + joined(parts) + "]";
}

}  // namespace

std::string fingerprint_text(const Class& type, const std::vector<Value>& extra) {
  std::vector<std::pair<std::string, std::string>> fields, methods, children;
  for (const auto& field : type.fields) fields.emplace_back(field->name, field_text(*field));
  for (const Json& method : type.spec.methods) {
    if (method.value("kind", "instance") == "plain") continue;
    methods.emplace_back(method.at("name").get<std::string>(), method_text(method));
  }
  std::vector<std::string> parts = {pairs_text(fields), pairs_text(methods)};
  if (type.is_list) {
    if (type.spec.child_versions) {
      for (const auto& [own, child] : *type.spec.child_versions) {
        children.emplace_back(own.text(), python_repr(child.text()));
      }
    }
    parts.push_back(children.empty() ? "OrderedDict()" : "OrderedDict(" + pairs_text(children) + ")");
  }
  for (const Value& value : extra) parts.push_back(python_repr(value));
  return "(" + joined(parts) + ")";
}

std::string fingerprint(const Class& type, const std::vector<Value>& extra) {
  const std::string text = fingerprint_text(type, extra);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &length, EVP_md5(), nullptr) != 1) {
    throw machine_failed("fingerprint", "MD5 is not available in this OpenSSL");
  }
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return type.version() + "-" + hex;
}

}  // namespace caravan

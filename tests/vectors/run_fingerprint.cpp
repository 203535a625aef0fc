// Cases about fingerprints: the text that is hashed, and the hash. For other projects' pinned fingerprints
// both are made from a dump of fields and methods, never from the texts in it.
#include <algorithm>

#include "objects/model/fingerprint.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {

Json run_fingerprint(const VectorFile& file, const Json& test) {
  const auto registry = file.registry(test.at("catalog").get<std::string>());
  const auto type = registry->newest(test.at("class").get<std::string>());
  std::vector<Value> extra;
  if (test.contains("extra_data")) {
    for (const Json& value : test.at("extra_data")) extra.push_back(decode(value));
  }
  return Json{{"fingerprint", fingerprint(*type, extra)}, {"text", fingerprint_text(*type, extra)}};
}

namespace {

using Named = FingerprintParts::Named;

std::optional<std::string> text_or_none(const Json& holder, const char* member) {
  const auto found = holder.find(member);
  if (found == holder.end() || found->is_null()) return std::nullopt;
  return found->get<std::string>();
}

/// The defaults of the last arguments as Python prints a tuple: from that text, or from a list of the texts
/// of each.
std::string defaults_of(const Json& method) {
  const auto found = method.find("defaults_repr");
  if (found == method.end() || !found->is_array())
    return text_or_none(method, "defaults_repr").value_or("None");
  if (found->empty()) return "None";
  std::string out;
  for (const Json& one : *found) out += (out.empty() ? "" : ", ") + one.get<std::string>();
  return "(" + out + (found->size() == 1 ? ",)" : ")");
}

/// The elements of a set as Python prints it: {'a', 'b', 3} or set(). Quotes are taken off.
std::vector<std::string> set_elements(const std::string& shown) {
  std::vector<std::string> out;
  if (shown.size() < 2 || shown.front() != '{') return out;
  std::string one;
  char quote = 0;
  int depth = 0;
  for (std::size_t i = 1; i + 1 < shown.size(); ++i) {
    const char c = shown[i];
    if (quote != 0) {
      if (c == '\\' && i + 2 < shown.size()) {
        one += shown[++i];
      } else if (c == quote) {
        quote = 0;
      } else {
        one += c;
      }
    } else if (depth == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (depth == 0 && c == ',') {
      out.push_back(std::move(one));
      one.clear();
    } else if (c != ' ' || depth > 0) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      one += c;
    }
  }
  out.push_back(std::move(one));
  return out;
}

/// str() of a default; a set is sorted by text (ovo-semantics 11.1), but not where values are listed.
std::optional<std::string> default_of(const Json& field, bool enumeration) {
  const auto found = field.find("default");
  if (found == field.end() || found->is_null()) return std::nullopt;
  const auto kind = found->value("kind", std::string());
  if (kind != "set" || enumeration) return found->at("str").get<std::string>();
  std::vector<std::string> items;
  const auto json = found->find("json");
  if (json != found->end() && json->is_array()) {
    for (const Json& item : *json) items.push_back(python_str(from_json(item)));
  } else {
    items = set_elements(found->at("str").get<std::string>());
  }
  std::sort(items.begin(), items.end());
  std::string joined;
  for (const std::string& item : items) joined += (joined.empty() ? "" : ",") + item;
  return "set([" + joined + "])";
}

std::string field_of(const Json& field) {
  std::optional<std::string> values;
  const auto found = field.find("valid_values");
  if (found != field.end() && !found->is_null()) {
    const auto items = decode(*found).as<List>().items;
    const bool tuple = field.value("valid_values_kind", std::string("list")) == "tuple";
    values = python_repr(tuple ? Value(Tuple{items}) : Value(List{items}));
  }
  return field_spec(field.at("type").get<std::string>(), default_of(field, values.has_value()),
                    field.at("nullable").get<bool>(), values);
}

std::string method_of(const Json& method) {
  MethodSpec spec;
  spec.args = method.at("args").get<std::vector<std::string>>();
  spec.varargs = text_or_none(method, "varargs");
  spec.keywords = text_or_none(method, method.contains("varkw") ? "varkw" : "keywords");
  spec.defaults = defaults_of(method);
  spec.full = method.value("spec", std::string()).rfind("FullArgSpec", 0) == 0;
  for (const char* member : {"kwonlyargs", "kwonly"}) {
    if (method.contains(member) && method.at(member).is_array())
      spec.kwonly = method.at(member).get<std::vector<std::string>>();
  }
  for (const char* member : {"kwonlydefaults_repr", "kwonly_defaults_repr"})
    spec.kwonly_defaults = text_or_none(method, member).value_or(spec.kwonly_defaults);
  spec.annotations = text_or_none(method, "annotations_repr").value_or(spec.annotations);
  const auto kwonly_defaults = method.find("kwonlydefaults"), annotations = method.find("annotations");
  if (kwonly_defaults != method.end() && kwonly_defaults->is_object())
    spec.kwonly_defaults = python_repr(decode(*kwonly_defaults));
  if (annotations != method.end() && annotations->is_object())
    spec.annotations = python_repr(decode(*annotations));
  return method_spec(spec);
}

std::optional<Named> children_of(const Json& object) {
  const auto found = object.find("child_versions");
  if (found == object.end() || found->is_null()) return std::nullopt;
  Named children;
  if (found->is_object()) {
    for (auto item = found->begin(); item != found->end(); ++item)
      children.emplace_back(item.key(), item.value().get<std::string>());
  } else {
    for (const Json& pair : *found)
      children.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  }
  return children;
}

Named named(const Json& list, std::string (*text)(const Json&)) {
  Named out;
  for (const Json& one : list) out.emplace_back(one.at("name").get<std::string>(), text(one));
  return out;
}

}  // namespace

std::string project_category(const JsonAt& document) {
  return "fingerprints-" + document.member("project").name();
}

Json project_cases(const JsonAt& document) {
  Json cases = Json::array();
  for (const JsonAt& object : document.member("objects").items()) {
    Json expect = Json{{"fingerprint", object.member("expected").name()}};
    if (object.has("text")) expect["text"] = object.member("text").text();
    for (const char* part : {"fields", "methods"}) {
      for (const JsonAt& one : object.member(part).items()) one.member("name").name();
    }
    object.member("version").version();
    cases.push_back(Json{{"id", project_category(document) + "/" + object.member("name").name()},
                         {"tags", Json::array()},
                         {"object", object.json()},
                         {"expect", std::move(expect)}});
  }
  return cases;
}

Json run_project_fingerprint(const VectorFile&, const Json& test) {
  const Json& object = test.at("object");
  FingerprintParts parts;
  parts.fields = named(object.at("fields"), field_of);
  parts.methods = named(object.at("methods"), method_of);
  parts.child_versions = children_of(object);
  const std::string text = fingerprint_text(parts);
  return Json{{"fingerprint", fingerprint_of(object.at("version").get<std::string>(), text)}, {"text", text}};
}

}  // namespace caravan::conformance

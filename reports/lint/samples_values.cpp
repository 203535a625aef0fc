// Values for samples: neutral ones, those at the edges of a type, those that rules speak of.
#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/rules.hpp"
#include "reports/lint/samples.hpp"

namespace caravan::lint {
namespace {

struct Neutral {
  const char* type;
  const char* text;  ///< JSON
};
constexpr Neutral neutrals[] = {
    {"Integer", "7"},
    {"NonNegativeInteger", "7"},
    {"Float", "0.5"},
    {"NonNegativeFloat", "0.5"},
    {"Boolean", "true"},
    {"FlexibleBoolean", "true"},
    {"DateTime", R"("2015-04-30T12:00:00Z")"},
    {"UUID", R"("6c1d5a5e-2f54-4a0b-9a67-1f5b9b3d7a10")"},
    {"MACAddress", R"("00:11:22:33:44:55")"},
    {"PCIAddress", R"("0000:00:1f.2")"},
    {"VersionPredicate", R"(">=1.0")"},
    {"IPAddress", R"("192.0.2.1")"},
    {"IPV4Address", R"("192.0.2.1")"},
    {"IPV6Address", R"("2001:db8::1")"},
    {"IPV4AndV6Address", R"("192.0.2.1")"},
    {"IPNetwork", R"("192.0.2.0/24")"},
    {"IPV4Network", R"("192.0.2.0/24")"},
    {"IPV6Network", R"("2001:db8::/32")"},
};

constexpr std::size_t long_text = 300;  ///< where the column has no length

/// Where a rule looks: "" the field, "status", ":scheme".
std::string path_in(const Rule& rule, const std::string& field) {
  const auto rest = rule.field.substr(field.size());
  return rest.empty() || rest[0] == ':' ? rest : rest.substr(1);
}

}  // namespace

bool is_numeric(const std::string& type) {
  return type == "Integer" || type == "NonNegativeInteger" || type == "Float" || type == "NonNegativeFloat";
}

std::string text_of(std::size_t characters) {
  std::string out;
  for (std::size_t i = 0; i < characters; ++i) out += "\u00fc";
  return out;
}

Json neutral_value(const FieldSpec& field) {
  const std::string& type = field.type.name;
  if (field.type.values.is_array() && !field.type.values.empty())
    return type == "ListOfEnum" ? Json::array({field.type.values.front()}) : Json(field.type.values.front());
  for (const auto& neutral : neutrals)
    if (type == neutral.type) return Json::parse(neutral.text);
  if (type == "Json")
    return field.column && field.column->json == "list" ? Json::array({"item"}) : Json{{"key", "value"}};
  if (type == "List" || type == "Set" || type == "ListOfObjects" || type == "ListOfEnum")
    return Json::array();
  if (type == "Dict") return Json::object();
  const std::string text = field.name.empty() ? "text" : field.name;
  return field.column && field.column->length
             ? text.substr(0, static_cast<std::size_t>(*field.column->length))
             : text;
}

std::vector<Json> edge_values(const Promised& promised, const FieldSpec& field) {
  const std::string& type = field.type.name;
  const bool one_type = std::all_of(promised.specs.begin(), promised.specs.end(), [&](const FieldSpec* spec) {
    return spec == nullptr || spec->type.name == type;
  });
  if (!one_type || field.type.values.is_array()) return {};
  if (type == "Boolean") return {false};
  if (type == "Integer" || type == "NonNegativeInteger") return {0, 2147483647};
  if (type == "Float" || type == "NonNegativeFloat") return {0.0, 1e9};
  if (type == "String" || type == "SensitiveString") {
    const auto most =
        field.column && field.column->length ? static_cast<std::size_t>(*field.column->length) : long_text;
    return {"", text_of(most)};
  }
  if (type == "Json" || type == "List" || type == "Dict") {
    const bool list = type == "List" || (field.column && field.column->json == "list");
    return {list && type != "Dict" ? Json::array() : Json::object()};
  }
  return {};
}

std::vector<std::pair<std::string, Json>> values_in_rules(const LintObject& object,
                                                          const std::string& field) {
  std::vector<std::pair<std::string, Json>> out;
  for (const bool forward : {false, true})
    for (const auto& rule : rules_of(object, forward)) {
      if (rule.field.substr(0, rule.field.find_first_of(".:")) != field) continue;
      const auto path = path_in(rule, field);
      for (const auto& entry : member(rule.args, "map"))
        if (entry.is_array() && !entry.empty()) out.emplace_back(path, entry[0]);
      if (member(rule.args, "values").is_array())
        for (const auto& value : rule.args["values"]) out.emplace_back(path, value);
      if (member(rule.args, "keys").is_array())
        for (const auto& key : rule.args["keys"])
          if (key.is_string())
            out.emplace_back((path.empty() ? "" : path + ".") + key.get<std::string>(), "value");
      const Json& length = member(rule.args, "length");
      if (length.is_number_unsigned() && length.get<std::size_t>() < long_text)
        out.emplace_back(path, text_of(length.get<std::size_t>() + 1));
    }
  return out;
}

}  // namespace caravan::lint

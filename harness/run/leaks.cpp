#include "harness/run/leaks.hpp"

#include <functional>
#include <string_view>

#include "harness/run/finder.hpp"

namespace caravan::harness {
namespace {

constexpr std::size_t shortest_canary = 8;

// Every text in a value, keys of maps apart.
void texts_in(const Json& value, const std::function<void(const std::string&)>& take) {
  if (value.is_string()) take(value.get_ref<const std::string&>());
  if (value.is_structured())
    for (const Json& part : value) texts_in(part, take);
}

// What is at a path of a contract: "", "proxy_configs", "actions[].conf".
void at_path(const Json& value, const std::string& path, const std::function<void(const Json&)>& take) {
  if (path.empty()) return take(value);
  const std::size_t dot = path.find('.');
  std::string key = path.substr(0, dot);
  const std::string rest = dot == std::string::npos ? std::string() : path.substr(dot + 1);
  const bool each = key.size() > 2 && key.compare(key.size() - 2, 2, "[]") == 0;
  if (each) key.resize(key.size() - 2);
  if (!value.is_object() || !value.contains(key)) return;
  const Json& part = value.at(key);
  if (!each) return at_path(part, rest, take);
  if (part.is_array())
    for (const Json& element : part) at_path(element, rest, take);
}

void collect(const Catalog& catalog, const Operation& op, const std::string& object, const Json& fields,
             std::vector<CanaryInPlan>& out) {
  const ClassHistory* history = catalog.history(object);
  if (history == nullptr || !fields.is_object()) return;
  for (const auto& field : fields.items()) {
    const std::string& name = field.key();
    const Json& value = field.value();
    const auto child = history->children.find(name);
    if (child != history->children.end() && value.is_array())
      for (const Json& row : value) collect(catalog, op, child->second, row, out);
    const Contract* contract = catalog.contract(object, name);
    if (contract == nullptr) continue;
    for (const std::string& path : contract->secret)
      at_path(value, path, [&](const Json& secret) {
        texts_in(secret, [&](const std::string& text) {
          if (text.size() >= shortest_canary) out.push_back({text, op.id, object, name});
        });
      });
  }
}

void collect(const Catalog& catalog, const PlanStep& step, std::vector<CanaryInPlan>& out) {
  for (const Operation& op : step.operations)
    if (op.method == "create" || op.method == "update" || op.method == "run")
      collect(catalog, op, op.object, op.fields, out);
  for (const PlanStep& part : step.steps) collect(catalog, part, out);
}

}  // namespace

std::vector<CanaryInPlan> canaries_of(const Plan& plan, const Catalog& catalog) {
  std::vector<CanaryInPlan> out;
  for (const PlanStep& step : plan.steps) collect(catalog, step, out);
  return out;
}

std::optional<std::vector<Leak>> leaks_in(
    const std::vector<Log>& logs, const std::function<std::unique_ptr<std::istream>(const Log&)>& read,
    const std::vector<CanaryInPlan>& canaries, const std::function<bool()>& stop) {
  std::vector<Leak> out;
  std::vector<std::string_view> texts;
  for (const CanaryInPlan& canary : canaries) texts.push_back(canary.text);
  Finder finder(texts);
  std::vector<char> piece(1 << 16);
  for (const Log& log : logs) {
    const auto text = read(log);
    std::vector<bool> found(canaries.size());
    long number = 1;
    finder.restart();
    while (*text) {
      if (stop()) return std::nullopt;
      text->read(piece.data(), static_cast<std::streamsize>(piece.size()));
      std::string_view rest(piece.data(), static_cast<std::size_t>(text->gcount()));
      while (!rest.empty()) {
        const auto newline = rest.find('\n');
        const auto line = rest.substr(0, newline == std::string_view::npos ? rest.size() : newline + 1);
        finder.search(line, [&](std::size_t i) {
          if (!found[i]) out.push_back({log, number, &canaries[i]});
          found[i] = true;
        });
        number += line.back() == '\n' ? 1 : 0;
        rest.remove_prefix(line.size());
      }
    }
  }
  return out;
}

}  // namespace caravan::harness

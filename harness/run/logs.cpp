#include "harness/run/logs.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string_view>

#include "harness/run/finder.hpp"

namespace caravan {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t shortest_canary = 8;

// Every text in a value, keys of maps apart.
void texts_in(const Json& value, const std::function<void(const std::string&)>& take) {
  if (value.is_string()) take(value.get_ref<const std::string&>());
  if (value.is_structured())
    for (const Json& part : value) texts_in(part, take);
}

// What stands at a path of a contract: "", "proxy_configs", "actions[].conf".
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

// "engine.2.1.log": engine.2, incarnation 1.
void name_log(const std::string& file, Leak& leak) {
  leak.file = file;
  const std::string stem = file.substr(0, file.rfind(".log"));
  const std::size_t dot = stem.rfind('.');
  leak.node = stem.substr(0, dot);
  const std::string number = dot == std::string::npos ? "" : stem.substr(dot + 1);
  const bool digits =
      !number.empty() && number.size() < 9 &&
      std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  leak.incarnation = digits ? std::stoi(number) : 0;
}

}  // namespace

std::string last_line(const std::string& log) {
  std::ifstream file(log);
  std::string line, last;
  while (std::getline(file, line))
    if (!line.empty()) last = line;
  return last.substr(0, 300);
}

std::string with_last_line(const std::string& text, const std::string& log) {
  const auto last = last_line(log);
  return last.empty() ? text + "; its log is empty" : text + "; its log ends: " + last;
}

Json said_in(const std::string& log, const std::string& member) {
  std::ifstream file(log);
  std::string line;
  Json said;
  while (std::getline(file, line)) {
    if (line.rfind("{\"" + member + "\"", 0) != 0) continue;
    const Json read = Json::parse(line, nullptr, false);
    if (read.is_object()) said = read.at(member);
  }
  return said;
}

std::vector<CanaryInPlan> canaries_of(const Plan& plan, const Catalog& catalog) {
  std::vector<CanaryInPlan> out;
  for (const PlanStep& step : plan.steps) collect(catalog, step, out);
  return out;
}

std::optional<std::vector<Leak>> leaks_in(const std::string& folder,
                                          const std::vector<CanaryInPlan>& canaries,
                                          const std::function<bool()>& stop) {
  std::vector<Leak> out;
  std::vector<std::string> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".log") files.push_back(entry.path().filename().string());
  std::sort(files.begin(), files.end());
  std::vector<std::string_view> texts;
  for (const CanaryInPlan& canary : canaries) texts.push_back(canary.text);
  Finder finder(texts);
  std::vector<char> read(1 << 16);
  for (const std::string& name : files) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    std::vector<bool> found(canaries.size());
    long number = 1;
    finder.restart();
    while (file) {
      if (stop()) return std::nullopt;
      file.read(read.data(), static_cast<std::streamsize>(read.size()));
      std::string_view rest(read.data(), static_cast<std::size_t>(file.gcount()));
      while (!rest.empty()) {
        const auto newline = rest.find('\n');
        const auto line = rest.substr(0, newline == std::string_view::npos ? rest.size() : newline + 1);
        finder.search(line, [&](std::size_t i) {
          if (found[i]) return;
          found[i] = true;
          Leak leak;
          name_log(name, leak);
          leak.line = number;
          leak.canary = &canaries[i];
          out.push_back(std::move(leak));
        });
        number += line.back() == '\n' ? 1 : 0;
        rest.remove_prefix(line.size());
      }
    }
  }
  return out;
}

}  // namespace caravan

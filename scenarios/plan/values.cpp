#include "scenarios/plan/values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/digest.hpp"
#include "objects/base/error.hpp"

namespace caravan::scenarios {
namespace {

bool listed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string cut(std::string text, int length) {
  if (static_cast<int>(text.size()) > length) text.resize(static_cast<std::size_t>(length));
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// What is put in a secret place: a text that is recognised wherever it turns up.
std::string canary(const OperationTag& token, const std::string& field) {
  return fmt::format("{} canary {}", token.id, field);
}

Json json_for(const std::string& field, const std::string& shape, const OperationTag& token) {
  if (shape == "list") return Json::array({token.id + " " + field});
  return {{"caravan", token.id}};
}

}  // namespace

ReleasePair::ReleasePair(const Catalog& catalog, std::string from, std::string to)
    : catalog_(catalog), from_(std::move(from)), to_(std::move(to)) {
  for (const Release& release : catalog_.releases) {
    for (const auto& [object, version] : release.manifest) {
      forms_[{object, release.name}] = catalog_.find(object, version);
    }
  }
  for (const ClassHistory& history : catalog_.histories) classes_[history.table] = history.name;
  objects_ = parents_first();
}

const ClassSpec* ReleasePair::form(const std::string& object, const std::string& release) const {
  const auto found = forms_.find({object, release});
  return found == forms_.end() ? nullptr : found->second;
}

const FieldSpec* ReleasePair::field(const std::string& object, const std::string& name,
                                    const std::string& release) const {
  const ClassSpec* spec = form(object, release);
  return spec == nullptr ? nullptr : spec->field(name);
}

std::string ReleasePair::newest_name(const std::string& object, const std::string& name) const {
  if (const ClassHistory* history = catalog_.history(object)) {
    for (const Contract& contract : history->contracts) {
      if (contract.was_called && contract.was_called->first == name) return contract.field;
    }
  }
  return name;
}

std::string ReleasePair::name_in(const std::string& object, const std::string& newest,
                                 const std::string& release) const {
  const Contract* contract = catalog_.contract(object, newest);
  const ClassSpec* spec = form(object, release);
  if (contract == nullptr || spec == nullptr || !contract->was_called) return newest;
  return spec->version < contract->was_called->second ? contract->was_called->first : newest;
}

bool ReleasePair::changed(const std::string& object) const {
  const ClassSpec *before = form(object, from_), *after = form(object, to_);
  return before != nullptr && after != nullptr && before->version != after->version;
}

bool ReleasePair::is_new(const std::string& object) const {
  return form(object, from_) == nullptr && form(object, to_) != nullptr;
}

std::vector<const FieldSpec*> ReleasePair::new_fields(const std::string& object) const {
  std::vector<const FieldSpec*> result;
  const ClassSpec* spec = form(object, to_);
  if (spec == nullptr || form(object, from_) == nullptr) return result;
  for (const FieldSpec& candidate : spec->fields) {
    if (candidate.type.name == "ListOfObjects") continue;
    if (field(object, name_in(object, candidate.name, from_), from_) == nullptr) result.push_back(&candidate);
  }
  return result;
}

std::vector<std::string> ReleasePair::new_children(const std::string& object) const {
  std::vector<std::string> result;
  const ClassSpec* spec = form(object, to_);
  if (spec == nullptr || form(object, from_) == nullptr) return result;
  for (const FieldSpec& candidate : spec->fields) {
    if (candidate.type.name == "ListOfObjects" && field(object, candidate.name, from_) == nullptr) {
      result.push_back(candidate.name);
    }
  }
  return result;
}

bool ReleasePair::guarded(const std::string& object, const std::string& name, const std::string& act) const {
  const ClassHistory* history = catalog_.history(object);
  const ClassSpec* before = form(object, from_);
  if (history == nullptr || before == nullptr) return false;
  for (const Refusal& refusal : history->refusals) {
    if (refusal.below <= before->version) continue;
    if (!act.empty() && std::find(refusal.acts.begin(), refusal.acts.end(), act) == refusal.acts.end())
      continue;
    const auto names = [&](const Refusal::Condition& condition) { return condition.field == name; };
    if (refusal.field == name || std::any_of(refusal.when.begin(), refusal.when.end(), names)) return true;
  }
  return false;
}

std::vector<std::pair<std::string, Contract::Limit>> ReleasePair::new_limits(
    const std::string& object) const {
  std::vector<std::pair<std::string, Contract::Limit>> result;
  const ClassHistory* history = catalog_.history(object);
  const ClassSpec *before = form(object, from_), *after = form(object, to_);
  if (history == nullptr || before == nullptr || after == nullptr) return result;
  for (const Contract& contract : history->contracts) {
    for (const Contract::Limit& limit : contract.limits) {
      if (before->version < limit.below && limit.below <= after->version)
        result.emplace_back(contract.field, limit);
    }
  }
  return result;
}

std::vector<std::string> ReleasePair::parents_first() const {
  std::vector<std::string> waiting, result;
  for (const ClassHistory& history : catalog_.histories) {
    if (form(history.name, to_) != nullptr) waiting.push_back(history.name);
  }
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    for (auto it = waiting.begin(); it != waiting.end();) {
      const ClassSpec* spec = form(*it, to_);
      const bool ready = std::all_of(spec->fields.begin(), spec->fields.end(), [&](const FieldSpec& field) {
        const std::string parent = parent_class(field);
        return parent.empty() || parent == spec->name ||
               std::find(waiting.begin(), waiting.end(), parent) == waiting.end();
      });
      if (ready) {
        result.push_back(*it);
        it = waiting.erase(it);
      } else {
        ++it;
      }
    }
    if (waiting.size() == before)
      throw bad_request("catalog", "a cycle of foreign keys at " + waiting.front());
  }
  return result;
}

std::string ReleasePair::parent_class(const FieldSpec& field) const {
  if (!field.column || !field.column->references) return {};
  const auto found = classes_.find(field.column->references->first);
  return found == classes_.end() ? std::string() : found->second;
}

int ReleasePair::length(const std::string& object, const std::string& newest) const {
  int result = 200;
  for (const std::string& release : {from_, to_}) {
    const FieldSpec* known = field(object, name_in(object, newest, release), release);
    if (known != nullptr && known->column && known->column->length)
      result = std::min(result, *known->column->length);
  }
  return result;
}

std::vector<Json> ReleasePair::legal(const std::string& object, const std::string& newest) const {
  std::vector<Json> result;
  bool first = true;
  for (const std::string& release : {to_, from_}) {
    const FieldSpec* known = field(object, name_in(object, newest, release), release);
    if (known == nullptr || !known->type.values.is_array()) continue;
    const std::vector<Json> values(known->type.values.begin(), known->type.values.end());
    if (first) {
      result = values;
    } else {
      const auto unknown = [&](const Json& value) {
        return std::find(values.begin(), values.end(), value) == values.end();
      };
      result.erase(std::remove_if(result.begin(), result.end(), unknown), result.end());
    }
    first = false;
  }
  return result;
}

bool ReleasePair::knows_method(const std::string& release, const std::string& topic,
                               const std::string& method) const {
  const Release* known = catalog_.release(release);
  return known != nullptr && known->method(topic, method) != nullptr;
}

const Workload& ReleasePair::load(const std::string& object) const {
  static const Workload none;
  const ClassHistory* history = catalog_.history(object);
  return history == nullptr ? none : history->load;
}

bool ReleasePair::owned_by_nodes(const std::string& object, const std::string& field, bool run) const {
  const Workload& known = load(object);
  return field == "id" || field == "created_at" || field == "updated_at" || listed(known.never, field) ||
         (run && listed(known.not_of_runs, field));
}

bool ReleasePair::create_only(const std::string& object, const std::string& field) const {
  return field == "tenant_id" || listed(load(object).once, field);
}

bool ReleasePair::always_filled(const std::string& object, const std::string& field) const {
  return listed(load(object).always, field);
}

bool carries_token(const FieldSpec& field) {
  return field.type.name == "String" || field.type.name == "Json" || field.type.name == "Integer";
}

Json value_for(const ReleasePair& span, const std::string& object, const FieldSpec& field,
               const OperationTag& token, bool flag, std::size_t pick) {
  const std::string newest = span.newest_name(object, field.name);
  const std::string& type = field.type.name;
  const Json& patterns = span.load(object).values;
  if (patterns.contains(field.name)) {
    const Json& pattern = patterns.at(field.name);
    Json value = filled(pattern, token, object);
    if (pattern.is_string() && !field.type.values.is_array())
      value = cut(value.get<std::string>(), span.length(object, newest));
    if (type == "Json") add_secrets(span.catalog().contract(object, newest), field.name, token, value);
    return value;
  }
  if (field.type.values.is_array() && !field.type.values.empty()) {
    const std::vector<Json> legal = span.legal(object, newest);
    if (legal.empty())
      throw bad_request("catalog",
                        fmt::format("no value of {}.{} is legal in both releases", object, field.name));
    return legal[pick % legal.size()];
  }
  if (type == "Boolean") return flag;
  if (type == "Integer") {
    const bool small = field.column && field.column->sql.find("SMALLINT") != std::string::npos;
    return small ? token.number % 30000 : token.number;
  }
  if (type == "Float") return token.number;
  if (type == "DateTime") {
    return fmt::format("2026-01-{:02}T{:02}:{:02}:{:02}Z", 1 + token.number / 86400 % 28,
                       token.number / 3600 % 24, token.number / 60 % 60, token.number % 60);
  }
  if (type == "Json") {
    Json value = json_for(field.name, field.column ? field.column->json : "", token);
    add_secrets(span.catalog().contract(object, newest), field.name, token, value);
    return value;
  }
  const std::string text = field.name == "name" ? token.id + "-" + object : token.id + " " + field.name;
  return cut(text, span.length(object, newest));
}

void add_secrets(const Contract* contract, const std::string& field, const OperationTag& token, Json& value) {
  if (contract == nullptr || !value.is_object()) return;
  for (const std::string& path : contract->secret) {
    if (path.find('[') != std::string::npos) continue;  // lists of the nodes' own
    Json& place = path.empty() ? value : value[path];
    if (place.is_null()) place = Json::object();
    if (place.is_object()) place["password"] = canary(token, path.empty() ? field : path);
  }
}

std::string row_id(std::uint64_t seed, const std::string& name) {
  auto hash = sha256_bytes(fmt::format("caravan/{}/{}", seed, name));
  hash[6] =
      static_cast<unsigned char>((hash[6] & 0x0FU) | 0x50U);  // version and variant of a name-based UUID
  hash[8] = static_cast<unsigned char>((hash[8] & 0x3FU) | 0x80U);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", hash[i]);
  }
  return out;
}

}  // namespace caravan::scenarios

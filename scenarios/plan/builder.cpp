#include "scenarios/plan/builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/vocabulary/roles.hpp"

namespace caravan::scenarios {

PlanBuilder::PlanBuilder(const Catalog& whole, const Plan& plan)
    : catalog(whole), seed(plan.seed), span(whole, plan.from, plan.to), fleet(whole, plan) {
  if (const ClassHistory* made = catalog.acted_on_by("create")) provisioned = made->name;
  const ClassHistory* made = catalog.acted_on_by("run");
  if (made == nullptr || !made->conduct.run) return;
  run_object = made->name;
  run_of = catalog.class_of(run_object, made->conduct.run->of);
  run_on = catalog.class_of(run_object, made->conduct.run->on);
}

const ClassSpec* PlanBuilder::known(const std::string& object, const std::string& node) const {
  if (!also.empty() && span.form(object, also) == nullptr) return nullptr;
  return span.form(object, fleet.speaks(node)) == nullptr ? nullptr : span.form(object, release_of(node));
}

bool PlanBuilder::takes(const std::string& object, const std::string& name, const std::string& node) const {
  if (!also.empty() && span.field(object, name, also) == nullptr) return false;
  return span.field(object, name, release_of(node)) != nullptr &&
         span.field(object, name, fleet.speaks(node)) != nullptr;
}

namespace {

std::string operation_id(int client, int number) {
  return client == 0 ? fmt::format("s{}", number) : fmt::format("c{}-{}", client, number);
}

}  // namespace

Operation PlanBuilder::next(int client, const std::string& method, const std::string& object,
                            const std::string& via, const std::string& purpose) {
  Operation op;
  const int number = ++made_[client];
  op.id = operation_id(client, number);
  op.client = client;
  op.via = via;
  op.method = method;
  op.object = object;
  op.purpose = purpose;
  const int sequence = static_cast<int>(numbers_.size()) + 1;
  numbers_[op.id] = sequence;
  return op;
}

OperationTag PlanBuilder::token(const Operation& op) const { return OperationTag{op.id, numbers_.at(op.id)}; }

OperationTag PlanBuilder::upcoming(int client) const {
  const auto made = made_.find(client);
  return OperationTag{operation_id(client, made == made_.end() ? 1 : made->second + 1),
                      static_cast<int>(numbers_.size()) + 1};
}

PlannedRow& PlanBuilder::remember(const std::string& object, const std::string& id, int owner) {
  rows_.push_back(std::make_unique<PlannedRow>());
  PlannedRow& row = *rows_.back();
  row.object = object;
  row.id = id;
  row.owner = owner;
  return row;
}

Json PlanBuilder::value(const Operation& op, const FieldSpec& field, Random& random) const {
  // One draw a statement: compilers evaluate arguments in different orders.
  const auto choice = random.below(1000);
  const bool flag = random.chance(50);
  return value_for(span, op.object, field, token(op), flag, choice);
}

// One row's fields: what must be there, the foreign keys of the parents at hand, what is wished, some of the
// rest.
Json PlanBuilder::fields_for(const Operation& op, const std::string& object, const ClassSpec& spec,
                             const RowRequest& request, PlannedRow& row, const std::string& token_suffix,
                             Random& random) {
  OperationTag writer = token(op);
  writer.id += token_suffix;
  Json fields = {{"id", row.id}};
  for (const FieldSpec& field : spec.fields) {
    if (field.type.name == "ListOfObjects" || field.name == "id" || request.without.count(field.name) != 0)
      continue;
    if (request.set.count(field.name) == 0 && !takes(object, field.name, op.via)) continue;
    const std::string newest = span.newest_name(object, field.name);
    const auto wished = request.set.find(field.name);
    Json value;
    bool fill = false;
    if (wished != request.set.end()) {
      value = wished->second;
      fill = true;
    } else if (field.name == "tenant_id") {
      value = "caravan";
      fill = true;
    } else if (const std::string parent = span.parent_class(field); !parent.empty()) {
      const auto found = request.parents.find(parent);
      const bool second = second_key(spec, field) && request.parents.count(parent) != 0 && random.chance(50);
      if (found == request.parents.end() || second) {
        if (!field.nullable) {
          throw bad_request("", fmt::format("a {} cannot be made without its {}", object, field.name),
                            fmt::format("set {} to the id of a {}", field.name, parent));
        }
        continue;
      }
      row.parents[newest] = found->second->id;
      ++found->second->referrers;
      fields[field.name] = found->second->id;
      row.written[newest] = found->second->id;
      continue;
    } else if (!field.nullable && !field.create_default) {
      fill = true;
    } else if (!span.owned_by_nodes(object, field.name, false) && !span.guarded(object, newest) &&
               !span.create_only(object, field.name)) {
      fill = random.chance(field.name == "description" ? 80 : request.extras);
    }
    if (!fill && span.always_filled(object, field.name)) fill = true;
    if (!fill) continue;
    if (wished == request.set.end() && field.name != "tenant_id") {
      const auto choice = random.below(1000);
      const bool flag = random.chance(50);
      value = value_for(span, object, field, writer, flag, choice);
    }
    fields[field.name] = value;
    if (!span.owned_by_nodes(object, field.name, op.method == "run")) row.written[newest] = value;
    if (field.name == "name" && value.is_string()) row.name = value.get<std::string>();
  }
  // A row that is not a run must look like one that ended, or an engine might take it up.
  if (op.method == "create") {
    for (const std::string& name : span.load(object).ended) {
      for (const FieldSpec& field : spec.fields) {
        if (field.name == name && !fields.contains(name))
          fields[name] = value_for(span, object, field, writer, false, 0);
      }
    }
  }
  return fields;
}

bool PlanBuilder::second_key(const ClassSpec& spec, const FieldSpec& key) const {
  for (const FieldSpec& field : spec.fields) {
    if (field.name == key.name) return false;
    if (span.parent_class(field) == span.parent_class(key)) return true;
  }
  return false;
}

// Lists of children that are made in the same create: those that are wished, else one or two.
void PlanBuilder::children_of(Operation& op, PlannedRow& row, const RowRequest& request, Random& random) {
  const ClassSpec* spec = known(op.object, op.via);
  for (const FieldSpec& field : spec->fields) {
    const auto inside = span.load(op.object).inside.find(field.name);
    if (inside == span.load(op.object).inside.end() || request.without.count(field.name) != 0) continue;
    const ClassSpec* child_spec = known(field.type.object, op.via);
    const std::string& size = span.load(field.type.object).size;
    const auto wished = request.set.find(field.name);
    const bool as_wished = wished != request.set.end() && wished->second.is_array();
    const std::size_t how_many = as_wished ? wished->second.size() : 1 + random.below(2);
    Json list = Json::array();
    for (std::size_t i = 0; i < how_many; ++i) {
      const std::string suffix = fmt::format(".{}", i + 1);
      PlannedRow& child = remember(field.type.object, row_id(seed, op.id + suffix), op.client);
      child.inside = true;
      child.count = 1 + static_cast<int>(random.below(2));
      RowRequest child_wish;
      child_wish.extras = static_cast<unsigned>(inside->second);
      if (as_wished && wished->second.at(i).is_object()) {
        child_wish.extras = 0;
        for (const auto& [name, value] : wished->second.at(i).items()) child_wish.set[name] = value;
        if (const auto count = child_wish.set.find(size);
            count != child_wish.set.end() && count->second.is_number_integer())
          child.count = count->second.get<int>();
      }
      for (const FieldSpec& of_child : child_spec->fields) {
        if (of_child.name == size) child_wish.set[size] = child.count;
        if (!span.parent_class(of_child).empty()) child_wish.without.insert(of_child.name);
      }
      Json fields = fields_for(op, field.type.object, *child_spec, child_wish, child, suffix, random);
      child.written.erase(size);
      list.push_back(std::move(fields));
      row.children.push_back(&child);
    }
    op.fields[field.name] = std::move(list);
  }
}

PlannedRow& PlanBuilder::create(Operation& op, const RowRequest& request, Random& random) {
  const ClassSpec* spec = known(op.object, op.via);
  if (spec == nullptr)
    throw bad_request("", fmt::format("{} of {} does not know {}", op.via, release_of(op.via), op.object));
  PlannedRow& row = remember(op.object, row_id(seed, op.id), op.client);
  op.row = row.id;
  op.fields = fields_for(op, op.object, *spec, request, row, "", random);
  children_of(op, row, request, random);
  if (op.object == provisioned) {
    // Any engine that serves may build it; what it calls itself decides who may scale it.
    std::set<std::string> versions;
    for (const PlannedFleet::Node& node : fleet.nodes()) {
      if (!role_spec(node.role).takes_work || (!op.engine.empty() && op.engine != node.name)) continue;
      versions.insert(restarting.count(node.name) != 0 ? "" : fleet.engine_version(node.release));
    }
    row.epoch = epoch;
    if (versions.size() == 1) row.engine_version = *versions.begin();
  } else if (!row.run) {
    row.settled = true;
  }
  return row;
}

PlannedRow& PlanBuilder::run(Operation& op, PlannedRow& job, PlannedRow* cluster, int polls,
                             const RowRequest& request, Random& random) {
  RowRequest more = request;
  more.extras = 0;
  more.parents[run_of] = &job;
  if (cluster != nullptr) more.parents[run_on] = cluster;
  OperationTag tag = token(op);
  tag.polls = polls;
  for (const auto& [name, pattern] : span.load(run_object).values.items()) {
    const FieldSpec* field = span.field(run_object, name, release_of(op.via));
    if (field == nullptr || more.set.count(name) != 0 || members_with_polls(pattern).empty()) continue;
    more.set[name] = value_for(span, run_object, *field, tag, false, 0);
  }
  PlannedRow& row = create(op, more, random);
  row.run = true;
  row.settled = false;
  return row;
}

void PlanBuilder::set(Operation& op, PlannedRow& row, const std::map<std::string, Json>& fields) {
  op.row = row.id;
  for (const auto& [name, value] : fields) {
    op.fields[name] = value;
    row.written[span.newest_name(row.object, name)] = value;
    if (name == "name" && value.is_string()) row.name = value.get<std::string>();
  }
}

void PlanBuilder::remove(PlannedRow& row) {
  row.gone = true;
  for (const auto& [key, id] : row.parents) {
    for (const auto& other : rows_) {
      if (other->id == id) --other->referrers;
    }
  }
  for (PlannedRow* child : row.children) child->gone = true;
}

std::vector<const FieldSpec*> PlanBuilder::editable(const PlannedRow& row, const std::string& via,
                                                    bool with_token) const {
  std::vector<const FieldSpec*> result;
  const ClassSpec* spec = known(row.object, via);
  if (spec == nullptr) return result;
  for (const FieldSpec& field : spec->fields) {
    const std::string newest = span.newest_name(row.object, field.name);
    if (!takes(row.object, field.name, via)) continue;
    if (field.type.name == "ListOfObjects" || span.owned_by_nodes(row.object, field.name, row.run)) continue;
    if (span.create_only(row.object, field.name) || span.guarded(row.object, newest)) continue;
    if (!span.parent_class(field).empty() || !field.type.values.is_null()) continue;
    if (field.deferred || field.type.name == "DateTime" || field.type.name == "Float") continue;
    if (carries_token(field) == with_token) result.push_back(&field);
  }
  return result;
}

bool PlanBuilder::comparable(const std::string& object, const std::string& newest) const {
  const Contract* contract = catalog.contract(object, newest);
  if (contract != nullptr && !contract->secret.empty()) return false;
  const FieldSpec* field = span.field(object, newest, span.to());
  return field == nullptr ||
         (field->type.name != "DateTime" && field->type.name != "Float" && !field->deferred);
}

Json PlanBuilder::want(const PlannedRow& row, const std::string& via, std::size_t most,
                       Random& random) const {
  std::vector<std::pair<std::string, Json>> known_values;
  for (const auto& [newest, value] : row.written) {
    const std::string name = span.name_in(row.object, newest, release_of(via));
    const FieldSpec* field = span.field(row.object, name, release_of(via));
    // A foreign key may be nulled by declaration when its parent goes.
    if (field == nullptr || !comparable(row.object, newest) || !span.parent_class(*field).empty()) continue;
    if (!also.empty() && span.field(row.object, name, also) == nullptr) continue;
    if (name == "tenant_id") continue;  // the same for all: proves nothing
    known_values.emplace_back(name, value);
  }
  if (known_values.size() > most) {
    random.shuffle(known_values);
    known_values.resize(most);
    std::sort(known_values.begin(), known_values.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  Json result = Json::object();
  for (const auto& [name, value] : known_values) result[name] = value;
  return result.empty() ? Json() : result;
}

void PlanBuilder::settled() {
  for (const auto& row : rows_) {
    // An engine changed before this cluster came to rest: nobody knows which one built it.
    if (!row->settled && row->object == provisioned && row->epoch != epoch) row->engine_version.clear();
    row->settled = true;
  }
}

}  // namespace caravan::scenarios

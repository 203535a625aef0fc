// The exchanges between two releases, one for each thing that differs between them.
#include <fmt/format.h>

#include <set>

#include "scenarios/workload/mixed_version.hpp"

namespace caravan::scenarios {
namespace {

// Text of a length that the older release cannot store.
Json long_text(const OperationTag& token, int length) {
  std::string text = token.id + " ";
  text.resize(static_cast<std::size_t>(length) + 1, 'x');
  return text;
}

// The shortest way of a row from its creation to `state`, by the life cycle's own steps; empty if there
// is not one.
std::vector<std::string> lawful_walk(const Catalog& catalog, const LifeSpec& life, const std::string& state) {
  std::vector<std::vector<std::string>> walks = {{"(no row)"}};
  std::set<std::string> visited;
  for (std::size_t i = 0; i < walks.size(); ++i) {
    const std::vector<std::string> walk = walks[i];
    if (walk.back() == state) return {walk.begin() + 1, walk.end()};
    for (const Transition& next : catalog.transitions) {
      if (!life.is_moved_by(next.life) || next.from != walk.back() || !visited.insert(next.to).second)
        continue;
      walks.push_back(walk);
      walks.back().push_back(next.to);
    }
  }
  return {};
}

}  // namespace

void MixedVersionWorkload::new_then_old(PlanStep& step, const std::string& object) {
  const std::string via = new_api();
  // The work goes to an old engine, which cannot read the new object and asks for a backport.
  std::string engine;
  if (object == builder_.provisioned)
    engine = builder_.fleet.serving(Role::engine, builder_.span.from()).front();
  Operation op = builder_.next(0, "create", object, via, purpose);
  op.engine = engine;
  RowRequest request = request_for(object, via);
  request.extras = 0;
  std::vector<std::string> checked;
  for (const FieldSpec* field : builder_.span.new_fields(object)) {
    if (out_of_reach(object, field->name) || field->column->references) continue;
    if (builder_.span.owned_by_nodes(object, field->name, false) || rewritten(object, field->name)) continue;
    if (!builder_.takes(object, field->name, via)) continue;
    request.set[field->name] = telling_value(object, *field, builder_.token(op));
    checked.push_back(field->name);
  }
  PlannedRow& row = builder_.create(op, request, random_);
  step.operations.push_back(std::move(op));
  remembered_.push_back(&row);
  const std::string edited = touch(step, row, old_api());
  if (!edited.empty()) checked.push_back(edited);
  if (checked.empty()) checked.push_back("name");
  read(step, row, new_api(), checked);
}

// Fields for which an older peer may refuse to act: it only reads the row. Engines of the newer release do
// the work.
void MixedVersionWorkload::guarded_fields(PlanStep& step, const std::string& object) {
  std::vector<const FieldSpec*> fields;
  for (const FieldSpec* field : builder_.span.new_fields(object)) {
    if (out_of_reach(object, field->name) && !field->column->references &&
        !builder_.span.owned_by_nodes(object, field->name, false)) {
      fields.push_back(field);
    }
  }
  const std::vector<std::string> engines = builder_.fleet.serving(Role::engine, builder_.span.to());
  if (fields.empty() || (object == builder_.provisioned && engines.empty())) return;
  const std::string via = new_api();
  Operation op = builder_.next(0, "create", object, via, purpose);
  if (object == builder_.provisioned) op.engine = engines.front();
  RowRequest request = request_for(object, via);
  request.extras = 0;
  std::vector<std::string> checked = {"name"};
  for (const FieldSpec* field : fields) {
    request.set[field->name] = telling_value(object, *field, builder_.token(op));
    checked.push_back(field->name);
  }
  PlannedRow& row = builder_.create(op, request, random_);
  step.operations.push_back(std::move(op));
  remembered_.push_back(&row);
  read(step, row, old_api(), checked);
  read(step, row, new_api(), checked);
}

// The older release's row, edited through a new node, read and saved again by an old one.
void MixedVersionWorkload::old_then_new(PlanStep& step, const std::string& object) {
  PlannedRow* row = base(object);
  if (row == nullptr) return;
  std::map<std::string, Json> beside;
  std::vector<std::string> checked;
  const std::string via = new_api();
  for (const FieldSpec* field : builder_.span.new_fields(object)) {
    if (out_of_reach(object, field->name) || field->column->references) continue;
    if (builder_.span.create_only(object, field->name) ||
        builder_.span.owned_by_nodes(object, field->name, false))
      continue;
    if (!builder_.takes(object, field->name, via)) continue;
    // Under the id of the update that touch() is about to make.
    beside[field->name] = telling_value(object, *field, builder_.upcoming(0));
    checked.push_back(field->name);
  }
  const std::string first = touch(step, *row, via, beside);
  if (first.empty()) return;
  read(step, *row, old_api(), {first});
  const std::string second = touch(step, *row, old_api());
  checked.push_back(second);
  read(step, *row, new_api(), checked);
}

// A list of children that the older release has never heard of: made through a new node, the parent saved by
// an old one.
void MixedVersionWorkload::new_children(PlanStep& step, const std::string& object) {
  const std::string via = new_api();
  RowRequest request = request_for(object, via);
  request.extras = 100;
  PlannedRow& child = create(step, object, via, request);
  if (base(object) == nullptr) base_[object] = &child;
  // The nearest ancestor that the older release knows.
  PlannedRow* ancestor = &child;
  while (ancestor != nullptr && builder_.span.is_new(ancestor->object)) {
    PlannedRow* above = nullptr;
    for (const auto& [key, id] : ancestor->parents) {
      for (const auto& row : builder_.rows()) {
        if (row->id == id) above = row.get();
      }
    }
    ancestor = above;
  }
  if (ancestor != nullptr && !builder_.fleet.serving(Role::api, builder_.span.from()).empty())
    touch(step, *ancestor, old_api());
  read(step, child, new_api(), [&] {
    std::vector<std::string> names;
    for (const auto& [name, value] : child.written) names.push_back(name);
    return names;
  }());
  // And as the list that the parent carries.
  for (const auto& [key, id] : child.parents) {
    for (const auto& row : builder_.rows()) {
      if (row->id != id) continue;
      const ClassHistory* history = builder_.catalog.history(row->object);
      if (history == nullptr) continue;
      for (const auto& [list, member] : history->children) {
        const FieldSpec* field = builder_.span.field(row->object, list, builder_.span.to());
        if (member != object || field == nullptr) continue;
        Operation op = builder_.next(0, "read", row->object, new_api(), purpose);
        op.row = row->id;
        if (field->deferred) op.fields["load"] = Json::array({list});
        step.operations.push_back(std::move(op));
      }
    }
  }
}

// Values that the contract says an older release cannot carry: refused to it, and whole for the newer one.
void MixedVersionWorkload::beyond_the_old(PlanStep& step, const std::string& object) {
  for (const auto& [newest, limit] : builder_.span.new_limits(object)) {
    if (limit.cut || builder_.span.owned_by_nodes(object, newest, false) ||
        (!limit.path.empty() && limit.path != ":scheme"))
      continue;
    const FieldSpec* field = builder_.span.field(object, newest, builder_.span.to());
    if (field == nullptr) continue;
    const std::string via = new_api();
    Operation op = builder_.next(0, "create", object, via, purpose);
    const OperationTag token = builder_.token(op);
    RowRequest request;  // no parents: an older node must be able to read those
    request.extras = 0;
    const Workload& load = builder_.span.load(object);
    if (limit.length) {
      request.set[newest] = load.longer.contains(newest) ? filled(load.longer.at(newest), token, object)
                                                         : long_text(token, *limit.length);
    } else if (limit.values.empty()) {
      continue;
    } else if (limit.path == ":scheme") {
      request.set[newest] =
          fmt::format("{}://{}/{}", limit.values.front().get<std::string>(), token.id, object);
    } else {
      request.set[newest] = limit.values.front();
      const Json all = load.goes_with.value(newest, Json::object());
      for (const auto& [beside, pattern] : all.items())
        if (builder_.span.field(object, beside, builder_.span.to()) != nullptr)
          request.set[beside] = filled(pattern, token, object, limit.values.front().get<std::string>());
    }
    PlannedRow& row = builder_.create(op, request, random_);
    step.operations.push_back(std::move(op));
    remembered_.push_back(&row);
    if (!builder_.fleet.serving(Role::api, builder_.span.from()).empty())
      read(step, row, old_api(), {}, "refused");
    read(step, row, new_api(), {newest, "name"});
  }
}

// States that an older release knows by another word: it reads that word, saves it beside an
// edit of its own, and the state is still what it was. Walked to by lawful steps; no engine hears of these
// rows.
void MixedVersionWorkload::seen_otherwise(PlanStep& step, const std::string& object) {
  const ClassHistory* history = builder_.catalog.history(object);
  const LifeSpec* life = history == nullptr ? nullptr : history->life();
  if (life == nullptr || life->is_cast("create")) return;
  const Version from = builder_.catalog.release(builder_.span.from())->manifest.at(object);
  const Version to = builder_.catalog.release(builder_.span.to())->manifest.at(object);
  for (const Contract& contract : history->contracts) {
    if (contract.field != life->field) continue;
    for (const Contract::SeenAs& seen : contract.seen_as) {
      if (seen.path.empty() || !(from < seen.below) || to < seen.below) continue;
      const std::vector<std::string> walk =
          lawful_walk(builder_.catalog, *life, seen.value.get<std::string>());
      if (walk.empty()) continue;
      const auto told = [&](const Json& state, const std::string& token) {
        return Json{{seen.path, state}, {"caravan", token}};
      };
      const std::string via = new_api();
      Operation creation = builder_.next(0, "create", object, via, purpose);
      RowRequest request = request_for(object, via);
      request.extras = 0;
      request.set[contract.field] = told(walk.front(), creation.id);
      PlannedRow& row = builder_.create(creation, request, random_);
      step.operations.push_back(std::move(creation));
      const auto update = [&](const std::string& api, const Json& state) {
        Operation op = builder_.next(0, "update", object, api, purpose);
        const Json value = told(state, op.id);
        builder_.set(op, row, {{contract.field, value}});
        step.operations.push_back(std::move(op));
        return value.at("caravan").get<std::string>();
      };
      const auto look = [&](const std::string& api, const Json& state, const std::string& token) {
        Operation op = builder_.next(0, "read", object, api, purpose);
        op.row = row.id;
        op.want = {{contract.field, told(state, token)}};
        step.operations.push_back(std::move(op));
      };
      std::string token = step.operations.back().id;
      for (std::size_t i = 1; i < walk.size(); ++i) token = update(new_api(), walk[i]);
      look(old_api(), seen.as, token);
      token = update(old_api(), seen.as);
      look(new_api(), seen.value, token);
      Operation removal = builder_.next(0, "delete", object, new_api(), purpose);
      removal.row = row.id;
      builder_.remove(row);
      step.operations.push_back(std::move(removal));
    }
  }
}

// The same value under two names.
void MixedVersionWorkload::renames(PlanStep& step, const std::string& object) {
  PlannedRow* row = base(object);
  const ClassHistory* history = builder_.catalog.history(object);
  if (row == nullptr || history == nullptr) return;
  for (const Contract& contract : history->contracts) {
    const std::string& newest = contract.field;
    const std::string oldest = builder_.span.name_in(object, newest, builder_.span.from());
    if (oldest == builder_.span.name_in(object, newest, builder_.span.to())) continue;
    for (const bool from_old : {true, false}) {
      if (!from_old && pinned(Role::api)) continue;
      const std::string via = from_old ? old_api() : new_api();
      const std::string& name = from_old ? oldest : newest;
      const FieldSpec* field = builder_.span.field(object, name, builder_.release_of(via));
      if (field == nullptr) continue;
      Operation op = builder_.next(0, "update", object, via, purpose);
      builder_.set(op, *row, {{name, builder_.value(op, *field, random_)}});
      step.operations.push_back(std::move(op));
      read(step, *row, from_old ? new_api() : old_api(), {newest});
    }
  }
}

void MixedVersionWorkload::run(PlanStep& step, const std::string& via, const std::string& engine,
                               PlannedRow* cluster) {
  PlannedRow* job = base(builder_.run_of);
  if (job == nullptr) return;
  Operation op = builder_.next(0, "run", builder_.run_object, via, purpose);
  op.engine = engine;
  builder_.run(op, *job, cluster, 1 + static_cast<int>(random_.below(2)), RowRequest{}, random_);
  step.operations.push_back(std::move(op));
}

// Work handed over across the releases, both ways.
void MixedVersionWorkload::works_of_engines(PlanStep& step) {
  const std::vector<std::string> old_engines = builder_.fleet.serving(Role::engine, builder_.span.from());
  const std::vector<std::string> new_engines = builder_.fleet.serving(Role::engine, builder_.span.to());
  run(step, new_api(), old_engines.back(), nullptr);
  run(step, new_api(), old_engines.front(), base(builder_.run_on));
  if (new_engines.empty()) return;
  const std::string via = old_api();
  run(step, via, new_engines.front(), nullptr);
  const std::string& object = builder_.provisioned;
  if (object.empty()) return;
  PlannedRow& cluster = create(step, object, via, request_for(object, via), new_engines.front());
  read(step, cluster, new_api(), {"name", "description"});
}

void MixedVersionWorkload::refused(PlanStep& step, const std::string& object) {
  const std::string via = new_api();
  Json fields = Json::object();
  for (const FieldSpec* field : builder_.span.new_fields(object)) {
    if (field->column->references || builder_.span.owned_by_nodes(object, field->name, false)) continue;
    fields[field->name] = telling_value(object, *field, builder_.upcoming(0));
  }
  if (fields.empty() && !builder_.span.is_new(object)) return;
  Operation op = builder_.next(0, "create", object, via, purpose);
  op.row = row_id(builder_.seed, op.id);
  fields["id"] = op.row;
  op.fields = fields;
  op.expect = "refused";
  step.operations.push_back(std::move(op));
}

}  // namespace caravan::scenarios

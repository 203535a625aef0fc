#include "scenarios/workload/mixed_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace caravan::scenarios {
MixedVersionWorkload::MixedVersionWorkload(PlanBuilder& builder)
    : builder_(builder), random_(Random(builder.seed).fork(77)) {}

Json MixedVersionWorkload::telling_value(const std::string& object, const FieldSpec& field,
                                         const OperationTag& token) const {
  const Contract* contract = builder_.catalog.contract(object, field.name);
  bool flag = true;
  if (contract != nullptr && contract->absent_means && contract->absent_means->is_boolean()) {
    flag = !contract->absent_means->get<bool>();
  }
  return value_for(builder_.span, object, field, token, flag, 0);
}

bool MixedVersionWorkload::out_of_reach(const std::string& object, const std::string& field) const {
  return builder_.span.guarded(object, field, "update") ||
         (object == builder_.provisioned && builder_.span.guarded(object, field, "engine"));
}

// A data migration turns the field into another: what clients wrote there is no longer theirs.
bool MixedVersionWorkload::rewritten(const std::string& object, const std::string& field) const {
  const ClassHistory* history = builder_.catalog.history(object);
  const Release* to = builder_.catalog.release(builder_.span.to());
  return history != nullptr && to != nullptr &&
         std::any_of(history->conduct.moved.begin(), history->conduct.moved.end(),
                     [&](const MovedFlag& flag) {
                       return flag.where == field && flag.revision <= to->database_revision;
                     });
}

bool MixedVersionWorkload::pinned(Role role) const {
  const std::vector<std::string> nodes = builder_.fleet.serving(role, builder_.span.to());
  return std::any_of(nodes.begin(), nodes.end(), [&](const std::string& node) {
    return builder_.fleet.speaks(node) != builder_.span.to();
  });
}

bool MixedVersionWorkload::lifted() const { return !pinned(Role::api) && !pinned(Role::conductor); }

std::string MixedVersionWorkload::old_api() {
  const std::vector<std::string> apis = builder_.fleet.serving(Role::api, builder_.span.from());
  return apis[turn_++ % apis.size()];
}

std::string MixedVersionWorkload::new_api() {
  const std::vector<std::string> apis = builder_.fleet.serving(Role::api, builder_.span.to());
  return apis[turn_++ % apis.size()];
}

bool MixedVersionWorkload::possible() const {
  return !builder_.fleet.serving(Role::api, builder_.span.from()).empty() &&
         !builder_.fleet.serving(Role::api, builder_.span.to()).empty() &&
         !builder_.fleet.serving(Role::engine, builder_.span.from()).empty() &&
         builder_.span.from() != builder_.span.to();
}

PlannedRow* MixedVersionWorkload::base(const std::string& object) {
  const auto found = base_.find(object);
  return found == base_.end() ? nullptr : found->second;
}

// Every parent at hand; templates and data sources too, which may be NULL.
RowRequest MixedVersionWorkload::request_for(const std::string& object, const std::string& via) {
  RowRequest request;
  const ClassSpec* spec = builder_.known(object, via);
  for (const FieldSpec& field : spec->fields) {
    const std::string parent = builder_.span.parent_class(field);
    // A run that names its place would be that row's business; these rows are not runs.
    if (parent.empty() || (object == builder_.run_object && parent == builder_.run_on)) continue;
    if (PlannedRow* row = base(parent)) request.parents[parent] = row;
  }
  return request;
}

PlannedRow& MixedVersionWorkload::create(PlanStep& step, const std::string& object, const std::string& via,
                                         const RowRequest& request, const std::string& engine) {
  Operation op = builder_.next(0, "create", object, via, purpose);
  op.engine = engine;
  PlannedRow& row = builder_.create(op, request, random_);
  step.operations.push_back(std::move(op));
  remembered_.push_back(&row);
  return row;
}

std::string MixedVersionWorkload::touch(PlanStep& step, PlannedRow& row, const std::string& via,
                                        const std::map<std::string, Json>& beside, std::size_t choice) {
  std::vector<const FieldSpec*> fields;
  for (const FieldSpec* field : builder_.editable(row, via, true)) {
    const std::string newest = builder_.span.newest_name(row.object, field->name);
    const bool in_both =
        builder_.span.is_new(row.object) ||
        (builder_.span.field(row.object, builder_.span.name_in(row.object, newest, builder_.span.from()),
                             builder_.span.from()) != nullptr &&
         builder_.span.field(row.object, newest, builder_.span.to()) != nullptr);
    const bool renamed = !builder_.span.is_new(row.object) &&
                         builder_.span.name_in(row.object, newest, builder_.span.from()) != newest;
    if (in_both && !renamed && builder_.comparable(row.object, newest)) fields.push_back(field);
  }
  if (fields.empty()) return {};
  // A plain text first: a description where there is one, a name only where there is nothing else.
  std::stable_sort(fields.begin(), fields.end(), [](const FieldSpec* a, const FieldSpec* b) {
    const auto rank = [](const FieldSpec& field) {
      if (field.name == "description") return 0;
      if (field.name == "name") return 3;
      return field.type.name == "String" && field.name != "url" ? 1 : 2;
    };
    return rank(*a) < rank(*b);
  });
  const FieldSpec& field = *fields[choice % fields.size()];
  Operation op = builder_.next(0, "update", row.object, via, purpose);
  std::map<std::string, Json> values = beside;
  values[field.name] = builder_.value(op, field, random_);
  builder_.set(op, row, values);
  step.operations.push_back(std::move(op));
  return field.name;
}

void MixedVersionWorkload::read(PlanStep& step, const PlannedRow& row, const std::string& via,
                                const std::vector<std::string>& newest_names, const std::string& expect) {
  Operation op = builder_.next(0, "read", row.object, via, purpose);
  op.row = row.id;
  op.expect = expect;
  Json want = Json::object();
  for (const std::string& newest : newest_names) {
    const std::string name = builder_.span.name_in(row.object, newest, builder_.release_of(via));
    const auto written = row.written.find(newest);
    if (written == row.written.end() || newest == "tenant_id" || !builder_.comparable(row.object, newest))
      continue;
    if (builder_.span.field(row.object, name, builder_.release_of(via)) != nullptr)
      want[name] = written->second;
  }
  if (!want.empty() && expect == "ok") op.want = want;
  step.operations.push_back(std::move(op));
}

void MixedVersionWorkload::prepare(PlanStep& step) {
  for (const std::string& object : builder_.span.objects()) {
    if (builder_.span.form(object, builder_.span.from()) == nullptr) continue;
    const std::string via = old_api();
    base_[object] = &create(step, object, via, request_for(object, via));
  }
}

// Set through a new node, the row read and saved by an old one, read back through a new one.
void MixedVersionWorkload::mix(PlanStep& step) {
  const bool pin = pinned(Role::api), direct = builder_.fleet.mode().access == Access::direct;
  for (const std::string& object : builder_.span.objects()) {
    if (pin) refused(step, object);
    if (builder_.span.is_new(object)) {
      if (!pin) new_children(step, object);
      continue;
    }
    new_then_old(step, object);
    old_then_new(step, object);
    if (!builder_.span.changed(object)) continue;
    if (!pin) {
      guarded_fields(step, object);
      if (!direct) beyond_the_old(step, object);  // nobody refuses a value there
      seen_otherwise(step, object);
    }
    renames(step, object);
  }
  works_of_engines(step);
}

void MixedVersionWorkload::edit(PlanStep& step) {
  const std::vector<std::string> apis = builder_.fleet.serving(Role::api);
  for (const auto& [object, row] : base_) {
    const std::string& via = apis[turn_++ % apis.size()];
    if (!row->gone && builder_.known(object, via) != nullptr) touch(step, *row, via);
  }
}

void MixedVersionWorkload::unpinned(PlanStep& step) {
  for (const std::string& object : builder_.span.objects()) {
    if (builder_.span.is_new(object)) {
      new_children(step, object);
      continue;
    }
    if (!builder_.span.changed(object)) continue;
    const std::string via = new_api();
    Operation op = builder_.next(0, "create", object, via, purpose);
    RowRequest request = request_for(object, via);
    request.extras = 0;
    std::vector<std::string> checked = {"name"};
    for (const FieldSpec* field : builder_.span.new_fields(object)) {
      if (field->column->references || builder_.span.owned_by_nodes(object, field->name, false) ||
          rewritten(object, field->name))
        continue;
      request.set[field->name] = telling_value(object, *field, builder_.token(op));
      checked.push_back(field->name);
    }
    PlannedRow& row = builder_.create(op, request, random_);
    step.operations.push_back(std::move(op));
    remembered_.push_back(&row);
    read(step, row, new_api(), checked);
    beyond_the_old(step, object);
  }
}

void MixedVersionWorkload::queue(PlanStep& step, const std::string& engine) {
  for (const std::string& release : {builder_.span.from(), builder_.span.to()}) {
    if (!builder_.fleet.serving(Role::api, release).empty())
      run(step, builder_.fleet.serving(Role::api, release).front(), engine, nullptr);
    if (builder_.span.from() == builder_.span.to()) break;
  }
}

void MixedVersionWorkload::final_reads(PlanStep& step) {
  const std::vector<std::string> apis = builder_.fleet.serving(Role::api);
  if (apis.empty()) return;
  // The newer release also saves besides its own edits: another field each time.
  for (const auto& [object, row] : base_) {
    for (const std::size_t choice : {0U, 1U}) {
      if (!row->gone) touch(step, *row, apis[turn_++ % apis.size()], {}, choice);
    }
  }
  for (const PlannedRow* row : remembered_) {
    const std::string& via = apis[turn_++ % apis.size()];
    if (row->gone || builder_.known(row->object, via) == nullptr) continue;
    std::vector<std::string> names;
    for (const auto& [name, value] : row->written) {
      const FieldSpec* field = builder_.span.field(row->object, name, builder_.span.to());
      if (field != nullptr && builder_.span.parent_class(*field).empty()) names.push_back(name);
    }
    read(step, *row, via, names);
  }
}

}  // namespace caravan::scenarios

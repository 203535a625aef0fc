#include "scenarios/workload/load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/vocabulary/roles.hpp"

namespace caravan::scenarios {

LoadMaker::LoadMaker(PlanBuilder& builder, int clients, int first) : builder_(builder) {
  const Random root(builder.seed);
  for (int number = first + 1; number <= first + clients; ++number) {
    Client client;
    client.number = number;
    client.random = root.fork(1000 + static_cast<std::uint64_t>(number));
    clients_.push_back(std::move(client));
  }
}

void LoadMaker::beside(PlanStep& step, int operations, const std::set<std::string>& restarting) {
  std::vector<std::string> apis;
  for (const std::string& api : builder_.fleet.serving(Role::api)) {
    const std::string& release = builder_.release_of(api);  // of another one, nothing is known here
    if (restarting.count(api) == 0 && (release == builder_.span.from() || release == builder_.span.to()))
      apis.push_back(api);
  }
  const bool moving = apis.empty();  // from api to api, as behind a load balancer
  if (moving) {
    apis = in_turn(step, restarting);
    if (apis.size() < 2) return;
    const bool at_from = builder_.release_of(apis.front()) == builder_.span.from();
    builder_.also = at_from ? builder_.span.to() : builder_.span.from();
  }
  builder_.restarting = restarting;
  for (int i = 0; i < operations; ++i) {
    Client& client = clients_[turn_++ % clients_.size()];
    // A run that never ends by itself is cancelled by the client's next operation: there must be one in this
    // step.
    const bool last = i + static_cast<int>(clients_.size()) >= operations;
    step.operations.push_back(one(client, apis, restarting, last));
    if (moving) step.operations.back().via = name(Role::api);
  }
  builder_.restarting.clear();
  builder_.also.clear();
}

// Apis that stop and start one after the other: there is always one that serves.
std::vector<std::string> LoadMaker::in_turn(const PlanStep& step,
                                            const std::set<std::string>& restarting) const {
  std::vector<std::string> result;
  for (const std::string& api : builder_.fleet.serving(Role::api)) {
    const std::string& release = builder_.release_of(api);
    const bool known = release == builder_.span.from() || release == builder_.span.to();
    if (restarting.count(api) != 0 && known && !killed(step, api)) result.push_back(api);
  }
  return result;
}

bool LoadMaker::killed(const PlanStep& step, const std::string& node) {
  const auto* kill = std::get_if<step::Kill>(&step.action);
  return (kill != nullptr && kill->node == node) ||
         std::any_of(step.steps.begin(), step.steps.end(),
                     [&](const PlanStep& inner) { return killed(inner, node); });
}

std::vector<PlannedRow*> LoadMaker::living(Client& client, const std::string& via) {
  std::vector<PlannedRow*> result;
  for (PlannedRow* row : client.rows) {
    if (!row->gone && builder_.known(row->object, via) != nullptr) result.push_back(row);
  }
  return result;
}

Operation LoadMaker::one(Client& client, const std::vector<std::string>& apis,
                         const std::set<std::string>& restarting, bool last) {
  const std::string via = client.random.pick(apis);
  Operation op = builder_.next(client.number, "", "", via, "load");
  if (client.to_cancel != nullptr) {
    op.method = "cancel";
    op.object = builder_.run_object;
    op.row = client.to_cancel->id;
    client.to_cancel->cancelled = true;
    client.to_cancel = nullptr;
    return op;
  }
  const std::size_t roll = client.random.below(100);
  const bool done = roll < 30   ? create(client, via, op)
                    : roll < 58 ? update(client, via, op)
                    : roll < 78 ? read(client, via, op)
                    : roll < 84 ? list(client, via, op)
                    : roll < 90 ? remove(client, via, op)
                    : roll < 97 ? run(client, !last, op)
                                : scale(client, via, restarting, op);
  if (!done && !(roll % 2 == 0 && update(client, via, op)) && !create(client, via, op)) read(client, via, op);
  return op;
}

PlannedRow* LoadMaker::own(Client& client, const std::string& object) {
  std::vector<PlannedRow*> found;
  for (PlannedRow* row : client.rows) {
    if (!row->gone && row->object == object) found.push_back(row);
  }
  return found.empty() ? nullptr : client.random.pick(found);
}

// The class on which this client has spent least, parents first; what costs more comes less often.
bool LoadMaker::create(Client& client, const std::string& via, Operation& op) {
  std::vector<std::string> best;
  int least = 0;
  for (const std::string& object : builder_.span.objects()) {
    const ClassSpec* spec = builder_.known(object, via);
    if (spec == nullptr) continue;
    bool ready = true;
    for (const FieldSpec& field : spec->fields) {
      const std::string parent = builder_.span.parent_class(field);
      if (!parent.empty() && !field.nullable) ready = ready && own(client, parent) != nullptr;
    }
    const Workload& load = builder_.span.load(object);
    for (const std::string& needed : load.needs) ready = ready && own(client, needed) != nullptr;
    if (!ready) continue;
    const int count = client.created[object] * load.cost;
    if (best.empty() || count < least) {
      best.clear();
      least = count;
    }
    if (count == least) best.push_back(object);
  }
  if (best.empty()) return false;
  op.method = "create";
  op.object = client.random.pick(best);
  RowRequest request;
  for (const auto& [parent, percent] : builder_.span.load(op.object).parents) {
    PlannedRow* row = client.random.chance(static_cast<unsigned>(percent)) ? own(client, parent) : nullptr;
    if (row != nullptr) request.parents[parent] = row;
  }
  // Where an engine counts the children, clients add none.
  if (const ClassHistory* counting = builder_.catalog.counting(op.object)) {
    std::vector<PlannedRow*> own_alone;
    for (PlannedRow* row : client.rows) {
      if (!row->gone && row->object == counting->name && !row->inside) own_alone.push_back(row);
    }
    if (!own_alone.empty()) request.parents[counting->name] = client.random.pick(own_alone);
  }
  PlannedRow& row = builder_.create(op, request, client.random);
  ++client.created[op.object];
  client.rows.push_back(&row);
  for (PlannedRow* child : row.children) client.rows.push_back(child);
  return true;
}

// A run lasts as long as it was to last when it was started.
void LoadMaker::keep_its_length(const PlannedRow& run, const FieldSpec& field, Json& value) const {
  const Json& patterns = builder_.span.load(run.object).values;
  const auto before = run.written.find(builder_.span.newest_name(run.object, field.name));
  if (!patterns.contains(field.name) || before == run.written.end() || !before->second.is_object()) return;
  for (const std::string& member : members_with_polls(patterns.at(field.name)))
    if (before->second.contains(member)) value[member] = before->second.at(member);
}

bool LoadMaker::update(Client& client, const std::string& via, Operation& op) {
  const std::vector<PlannedRow*> rows = living(client, via);
  if (rows.empty()) return false;
  PlannedRow& row = *client.random.pick(rows);
  std::vector<const FieldSpec*> fields = builder_.editable(row, via, true);
  if (fields.empty()) return false;
  op.method = "update";
  op.object = row.object;
  client.random.shuffle(fields);
  fields.resize(std::min<std::size_t>(fields.size(), 1 + client.random.below(2)));
  // What cannot hold a token goes together with what can.
  const std::vector<const FieldSpec*> flags = builder_.editable(row, via, false);
  if (!flags.empty() && client.random.chance(40)) fields.push_back(client.random.pick(flags));
  std::map<std::string, Json> values;
  for (const FieldSpec* field : fields) {
    Json value = builder_.value(op, *field, client.random);
    if (row.run) keep_its_length(row, *field, value);
    values[field->name] = value;
  }
  builder_.set(op, row, values);
  return true;
}

bool LoadMaker::read(Client& client, const std::string& via, Operation& op) {
  const std::vector<PlannedRow*> rows = living(client, via);
  if (rows.empty()) return false;
  const PlannedRow& row = *client.random.pick(rows);
  op.method = "read";
  op.object = row.object;
  op.row = row.id;
  op.want = builder_.want(row, via, 4, client.random);
  std::vector<std::string> lazy;
  for (const FieldSpec& field : builder_.known(row.object, via)->fields) {
    if (field.deferred) lazy.push_back(field.name);
  }
  if (!lazy.empty() && client.random.chance(50)) op.fields["load"] = Json::array({client.random.pick(lazy)});
  return true;
}

bool LoadMaker::list(Client& client, const std::string& via, Operation& op) {
  std::vector<PlannedRow*> rows;
  for (PlannedRow* row : living(client, via)) {
    if (!row->name.empty() || !row->parents.empty()) rows.push_back(row);
  }
  if (rows.empty()) return false;
  const PlannedRow& row = *client.random.pick(rows);
  op.method = "list";
  op.object = row.object;
  // By the parent if there is one, else by the name: never all rows, for somebody else's may be beyond this
  // release.
  for (const auto& [key, id] : row.parents) op.fields = Json{{key, id}};
  if (op.fields.empty()) op.fields = Json{{"name", row.name}};
  return true;
}

bool LoadMaker::remove(Client& client, const std::string& via, Operation& op) {
  std::vector<PlannedRow*> rows;
  for (PlannedRow* row : living(client, via)) {
    // An engine still has a hand in what has not come to rest, and in what it fills by a count.
    const ClassHistory* history = builder_.catalog.history(row->object);
    const bool of_engine = row->inside && history != nullptr && !history->conduct.counts.empty();
    int inside = 0;
    for (const PlannedRow* child : row->children) inside += child->gone ? 0 : child->referrers;
    if (row->settled && row->referrers == 0 && inside == 0 && !of_engine) rows.push_back(row);
  }
  if (rows.empty()) return false;
  PlannedRow& row = *client.random.pick(rows);
  op.method = "delete";
  op.object = row.object;
  op.row = row.id;
  builder_.remove(row);
  return true;
}

bool LoadMaker::scale(Client& client, const std::string& via, const std::set<std::string>& restarting,
                      Operation& op) {
  // It is scaled by an engine of the kind that built it (its infrastructure engine is compared).
  const ClassHistory* scaling = builder_.catalog.acted_on_by("scale");
  if (scaling == nullptr) return false;
  for (PlannedRow* cluster : living(client, via)) {
    if (cluster->object != scaling->name || !cluster->settled || cluster->engine_version.empty() ||
        cluster->children.empty())
      continue;
    std::vector<std::string> engines;
    bool all = true;
    for (const std::string& engine : builder_.fleet.serving(Role::engine)) {
      const bool fits = builder_.fleet.engine_version(builder_.release_of(engine)) == cluster->engine_version;
      all = all && fits;
      if (fits && restarting.count(engine) == 0) engines.push_back(engine);
    }
    if (engines.empty() && !all) continue;
    PlannedRow& group = *client.random.pick(cluster->children);
    group.count = group.count == 1 ? 2 : group.count + (client.random.chance(50) ? 1 : -1);
    op.method = "scale";
    op.object = cluster->object;
    op.row = cluster->id;
    op.fields = Json{{"node_group", group.id}, {"count", group.count}};
    if (!all) op.engine = client.random.pick(engines);
    cluster->settled = false;
    return true;
  }
  return false;
}

bool LoadMaker::both_cancel() const {
  const LifeSpec* life = builder_.catalog.life(builder_.run_object);
  const std::string& cast = life->cast_for("cancel");
  const auto knows = [&](const std::string& release) {
    return builder_.span.knows_method(release, name(Role::engine), cast);
  };
  return !cast.empty() && knows(builder_.span.from()) && knows(builder_.span.to());
}

bool LoadMaker::run(Client& client, bool may_cancel, Operation& op) {
  PlannedRow* job = own(client, builder_.run_of);
  if (job == nullptr) return false;
  PlannedRow* cluster = client.random.chance(35) ? own(client, builder_.run_on) : nullptr;
  const bool cancel = may_cancel && both_cancel() && client.random.chance(30);
  op.method = "run";
  op.object = builder_.run_object;
  const int polls = cancel ? 1000 : 1 + static_cast<int>(client.random.below(3));
  PlannedRow& row = builder_.run(op, *job, cluster, polls, RowRequest{}, client.random);
  client.rows.push_back(&row);
  if (cancel) client.to_cancel = &row;
  return true;
}

}  // namespace caravan::scenarios

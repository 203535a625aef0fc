#include "scenarios/workload/mixed_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace caravan {
namespace {

const char* const purpose = "mix";

// A value of the newer release for a field that only that one knows: never the one that absence stands for.
Json telling_value(const Draft& draft, const std::string& object, const FieldSpec& field,
                   const Token& token) {
  const Contract* contract = draft.catalog.contract(object, field.name);
  bool flag = true;
  if (contract != nullptr && contract->absent_means && contract->absent_means->is_boolean()) {
    flag = !contract->absent_means->get<bool>();
  }
  return value_for(draft.span, object, field, token, flag, 0);
}

// An IPv6 address, or text of a length that the older release cannot store.
Json long_value(const Token& token, int length, bool address) {
  if (address)
    return fmt::format("fd00:0000:0000:0000:0000:0000:{:04x}:{:04x}", (token.number >> 16) & 0xffff,
                       token.number & 0xffff);
  std::string text = token.id + " ";
  text.resize(static_cast<std::size_t>(length) + 1, 'x');
  return text;
}

// The shortest way of a row from its creation to `state`, by the life cycle's own steps; empty if there
// is none.
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

Mixer::Mixer(Draft& draft) : draft_(draft), random_(Random(draft.seed).fork(77)) {}

bool Mixer::out_of_reach(const std::string& object, const std::string& field) const {
  return draft_.span.guarded(object, field, "update") ||
         (object == draft_.provisioned && draft_.span.guarded(object, field, "engine"));
}

// A data migration turns the field into another: what clients wrote there is not theirs any more.
bool Mixer::rewritten(const std::string& object, const std::string& field) const {
  const ClassHistory* history = draft_.catalog.history(object);
  const Release* to = draft_.catalog.release(draft_.span.to());
  return history != nullptr && to != nullptr &&
         std::any_of(history->conduct.moved.begin(), history->conduct.moved.end(),
                     [&](const MovedFlag& flag) {
                       return flag.where == field && flag.revision <= to->database_revision;
                     });
}

bool Mixer::pinned(const std::string& role) const {
  const std::vector<std::string> nodes = draft_.fleet.serving(role, draft_.span.to());
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const std::string& node) { return draft_.fleet.speaks(node) != draft_.span.to(); });
}

bool Mixer::lifted() const { return !pinned("api") && !pinned("conductor"); }

std::string Mixer::old_api() {
  const std::vector<std::string> apis = draft_.fleet.serving("api", draft_.span.from());
  return apis[turn_++ % apis.size()];
}

std::string Mixer::new_api() {
  const std::vector<std::string> apis = draft_.fleet.serving("api", draft_.span.to());
  return apis[turn_++ % apis.size()];
}

bool Mixer::possible() const {
  return !draft_.fleet.serving("api", draft_.span.from()).empty() &&
         !draft_.fleet.serving("api", draft_.span.to()).empty() &&
         !draft_.fleet.serving("engine", draft_.span.from()).empty() &&
         draft_.span.from() != draft_.span.to();
}

PlannedRow* Mixer::base(const std::string& object) {
  const auto found = base_.find(object);
  return found == base_.end() ? nullptr : found->second;
}

// Every parent at hand; templates and data sources too, which may be NULL.
Wish Mixer::wish_for(const std::string& object, const std::string& via) {
  Wish wish;
  const ClassSpec* spec = draft_.known(object, via);
  for (const FieldSpec& field : spec->fields) {
    const std::string parent = draft_.span.parent_class(field);
    // A run that names its place would be that row's business; these rows are not runs.
    if (parent.empty() || (object == draft_.run_object && parent == draft_.run_on)) continue;
    if (PlannedRow* row = base(parent)) wish.parents[parent] = row;
  }
  return wish;
}

PlannedRow& Mixer::create(PlanStep& step, const std::string& object, const std::string& via, const Wish& wish,
                          const std::string& engine) {
  Operation op = draft_.next(0, "create", object, via, purpose);
  op.engine = engine;
  PlannedRow& row = draft_.create(op, wish, random_);
  step.operations.push_back(std::move(op));
  remembered_.push_back(&row);
  return row;
}

std::string Mixer::touch(PlanStep& step, PlannedRow& row, const std::string& via,
                         const std::map<std::string, Json>& beside, std::size_t choice) {
  std::vector<const FieldSpec*> fields;
  for (const FieldSpec* field : draft_.editable(row, via, true)) {
    const std::string newest = draft_.span.newest_name(row.object, field->name);
    const bool in_both =
        draft_.span.is_new(row.object) ||
        (draft_.span.field(row.object, draft_.span.name_in(row.object, newest, draft_.span.from()),
                           draft_.span.from()) != nullptr &&
         draft_.span.field(row.object, newest, draft_.span.to()) != nullptr);
    const bool renamed = !draft_.span.is_new(row.object) &&
                         draft_.span.name_in(row.object, newest, draft_.span.from()) != newest;
    if (in_both && !renamed && draft_.comparable(row.object, newest)) fields.push_back(field);
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
  Operation op = draft_.next(0, "update", row.object, via, purpose);
  std::map<std::string, Json> values = beside;
  values[field.name] = draft_.value(op, field, random_);
  draft_.set(op, row, values);
  step.operations.push_back(std::move(op));
  return field.name;
}

void Mixer::read(PlanStep& step, const PlannedRow& row, const std::string& via,
                 const std::vector<std::string>& newest_names, const std::string& expect) {
  Operation op = draft_.next(0, "read", row.object, via, purpose);
  op.row = row.id;
  op.expect = expect;
  Json want = Json::object();
  for (const std::string& newest : newest_names) {
    const std::string name = draft_.span.name_in(row.object, newest, draft_.release_of(via));
    const auto written = row.written.find(newest);
    if (written == row.written.end() || newest == "tenant_id" || !draft_.comparable(row.object, newest))
      continue;
    if (draft_.span.field(row.object, name, draft_.release_of(via)) != nullptr) want[name] = written->second;
  }
  if (!want.empty() && expect == "ok") op.want = want;
  step.operations.push_back(std::move(op));
}

void Mixer::prepare(PlanStep& step) {
  for (const std::string& object : draft_.span.objects()) {
    if (draft_.span.form(object, draft_.span.from()) == nullptr) continue;
    const std::string via = old_api();
    base_[object] = &create(step, object, via, wish_for(object, via));
  }
}

// Set through a new node, the row read and saved by an old one, read back through a new one.
void Mixer::new_then_old(PlanStep& step, const std::string& object) {
  const std::string via = new_api();
  // The work goes to an old engine, which cannot read the new object and asks for a backport.
  std::string engine;
  if (object == draft_.provisioned) engine = draft_.fleet.serving("engine", draft_.span.from()).front();
  Operation op = draft_.next(0, "create", object, via, purpose);
  op.engine = engine;
  Wish wish = wish_for(object, via);
  wish.extras = 0;
  std::vector<std::string> checked;
  for (const FieldSpec* field : draft_.span.new_fields(object)) {
    if (out_of_reach(object, field->name) || field->column->references) continue;
    if (draft_.span.owned_by_nodes(object, field->name, false) || rewritten(object, field->name)) continue;
    if (!draft_.takes(object, field->name, via)) continue;
    wish.set[field->name] = telling_value(draft_, object, *field, draft_.token(op));
    checked.push_back(field->name);
  }
  PlannedRow& row = draft_.create(op, wish, random_);
  step.operations.push_back(std::move(op));
  remembered_.push_back(&row);
  const std::string edited = touch(step, row, old_api());
  if (!edited.empty()) checked.push_back(edited);
  if (checked.empty()) checked.push_back("name");
  read(step, row, new_api(), checked);
}

// Fields for which an older peer may refuse to act: it only reads the row. Engines of the newer release do
// the work.
void Mixer::guarded_fields(PlanStep& step, const std::string& object) {
  std::vector<const FieldSpec*> fields;
  for (const FieldSpec* field : draft_.span.new_fields(object)) {
    if (out_of_reach(object, field->name) && !field->column->references &&
        !draft_.span.owned_by_nodes(object, field->name, false)) {
      fields.push_back(field);
    }
  }
  const std::vector<std::string> engines = draft_.fleet.serving("engine", draft_.span.to());
  if (fields.empty() || (object == draft_.provisioned && engines.empty())) return;
  const std::string via = new_api();
  Operation op = draft_.next(0, "create", object, via, purpose);
  if (object == draft_.provisioned) op.engine = engines.front();
  Wish wish = wish_for(object, via);
  wish.extras = 0;
  std::vector<std::string> checked = {"name"};
  for (const FieldSpec* field : fields) {
    wish.set[field->name] = telling_value(draft_, object, *field, draft_.token(op));
    checked.push_back(field->name);
  }
  PlannedRow& row = draft_.create(op, wish, random_);
  step.operations.push_back(std::move(op));
  remembered_.push_back(&row);
  read(step, row, old_api(), checked);
  read(step, row, new_api(), checked);
}

// The older release's row, edited through a new node, read and saved again by an old one.
void Mixer::old_then_new(PlanStep& step, const std::string& object) {
  PlannedRow* row = base(object);
  if (row == nullptr) return;
  std::map<std::string, Json> beside;
  std::vector<std::string> checked;
  const std::string via = new_api();
  for (const FieldSpec* field : draft_.span.new_fields(object)) {
    if (out_of_reach(object, field->name) || field->column->references) continue;
    if (draft_.span.create_only(object, field->name) ||
        draft_.span.owned_by_nodes(object, field->name, false))
      continue;
    if (!draft_.takes(object, field->name, via)) continue;
    // Under the id of the update that touch() is about to make.
    beside[field->name] = telling_value(draft_, object, *field, draft_.upcoming(0));
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
void Mixer::new_children(PlanStep& step, const std::string& object) {
  const std::string via = new_api();
  Wish wish = wish_for(object, via);
  wish.extras = 100;
  PlannedRow& child = create(step, object, via, wish);
  if (base(object) == nullptr) base_[object] = &child;
  // The nearest ancestor that the older release knows.
  PlannedRow* ancestor = &child;
  while (ancestor != nullptr && draft_.span.is_new(ancestor->object)) {
    PlannedRow* above = nullptr;
    for (const auto& [key, id] : ancestor->parents) {
      for (const auto& row : draft_.rows()) {
        if (row->id == id) above = row.get();
      }
    }
    ancestor = above;
  }
  if (ancestor != nullptr && !draft_.fleet.serving("api", draft_.span.from()).empty())
    touch(step, *ancestor, old_api());
  read(step, child, new_api(), [&] {
    std::vector<std::string> names;
    for (const auto& [name, value] : child.written) names.push_back(name);
    return names;
  }());
  // And as the list that the parent carries.
  for (const auto& [key, id] : child.parents) {
    for (const auto& row : draft_.rows()) {
      if (row->id != id) continue;
      const ClassHistory* history = draft_.catalog.history(row->object);
      if (history == nullptr) continue;
      for (const auto& [list, member] : history->children) {
        const FieldSpec* field = draft_.span.field(row->object, list, draft_.span.to());
        if (member != object || field == nullptr) continue;
        Operation op = draft_.next(0, "read", row->object, new_api(), purpose);
        op.row = row->id;
        if (field->deferred) op.fields["load"] = Json::array({list});
        step.operations.push_back(std::move(op));
      }
    }
  }
}

// Values that the contract says an older release cannot carry: refused to it, and whole for the newer one.
void Mixer::beyond_the_old(PlanStep& step, const std::string& object) {
  for (const auto& [newest, limit] : draft_.span.new_limits(object)) {
    if (limit.cut || draft_.span.owned_by_nodes(object, newest, false) ||
        (!limit.path.empty() && limit.path != ":scheme"))
      continue;
    const FieldSpec* field = draft_.span.field(object, newest, draft_.span.to());
    if (field == nullptr) continue;
    const std::string via = new_api();
    Operation op = draft_.next(0, "create", object, via, purpose);
    const Token token = draft_.token(op);
    Wish wish;  // no parents: an older node must be able to read those
    wish.extras = 0;
    if (limit.length) {
      wish.set[newest] = long_value(token, *limit.length, newest.find("_ip") != std::string::npos);
    } else if (limit.values.empty()) {
      continue;
    } else if (limit.path == ":scheme") {
      wish.set[newest] = fmt::format("{}://{}/{}", limit.values.front().get<std::string>(), token.id, object);
    } else {
      wish.set[newest] = limit.values.front();
      if (draft_.span.field(object, "url", draft_.span.to()) != nullptr) {
        wish.set["url"] =
            fmt::format("{}://{}/{}", limit.values.front().get<std::string>(), token.id, object);
      }
    }
    PlannedRow& row = draft_.create(op, wish, random_);
    step.operations.push_back(std::move(op));
    remembered_.push_back(&row);
    if (!draft_.fleet.serving("api", draft_.span.from()).empty()) read(step, row, old_api(), {}, "refused");
    read(step, row, new_api(), {newest, "name"});
  }
}

// States that an older release knows by another word: it reads that word, saves it beside an
// edit of its own, and the state is still what it was. Walked to by lawful steps; no engine hears of these
// rows.
void Mixer::seen_otherwise(PlanStep& step, const std::string& object) {
  const ClassHistory* history = draft_.catalog.history(object);
  const LifeSpec* life = history == nullptr ? nullptr : history->life();
  if (life == nullptr || life->is_cast("create")) return;
  const Version from = draft_.catalog.release(draft_.span.from())->manifest.at(object);
  const Version to = draft_.catalog.release(draft_.span.to())->manifest.at(object);
  for (const Contract& contract : history->contracts) {
    if (contract.field != life->field) continue;
    for (const Contract::SeenAs& seen : contract.seen_as) {
      if (seen.path.empty() || !(from < seen.below) || to < seen.below) continue;
      const std::vector<std::string> walk = lawful_walk(draft_.catalog, *life, seen.value.get<std::string>());
      if (walk.empty()) continue;
      const auto told = [&](const Json& state, const std::string& token) {
        return Json{{seen.path, state}, {"caravan", token}};
      };
      const std::string via = new_api();
      Operation creation = draft_.next(0, "create", object, via, purpose);
      Wish wish = wish_for(object, via);
      wish.extras = 0;
      wish.set[contract.field] = told(walk.front(), creation.id);
      PlannedRow& row = draft_.create(creation, wish, random_);
      step.operations.push_back(std::move(creation));
      const auto update = [&](const std::string& api, const Json& state) {
        Operation op = draft_.next(0, "update", object, api, purpose);
        const Json value = told(state, op.id);
        draft_.set(op, row, {{contract.field, value}});
        step.operations.push_back(std::move(op));
        return value.at("caravan").get<std::string>();
      };
      const auto look = [&](const std::string& api, const Json& state, const std::string& token) {
        Operation op = draft_.next(0, "read", object, api, purpose);
        op.row = row.id;
        op.want = {{contract.field, told(state, token)}};
        step.operations.push_back(std::move(op));
      };
      std::string token = step.operations.back().id;
      for (std::size_t i = 1; i < walk.size(); ++i) token = update(new_api(), walk[i]);
      look(old_api(), seen.as, token);
      token = update(old_api(), seen.as);
      look(new_api(), seen.value, token);
      Operation removal = draft_.next(0, "delete", object, new_api(), purpose);
      removal.row = row.id;
      draft_.remove(row);
      step.operations.push_back(std::move(removal));
    }
  }
}

// The same value under two names.
void Mixer::renames(PlanStep& step, const std::string& object) {
  PlannedRow* row = base(object);
  const ClassHistory* history = draft_.catalog.history(object);
  if (row == nullptr || history == nullptr) return;
  for (const Contract& contract : history->contracts) {
    const std::string& newest = contract.field;
    const std::string oldest = draft_.span.name_in(object, newest, draft_.span.from());
    if (oldest == draft_.span.name_in(object, newest, draft_.span.to())) continue;
    for (const bool from_old : {true, false}) {
      if (!from_old && pinned("api")) continue;
      const std::string via = from_old ? old_api() : new_api();
      const std::string& name = from_old ? oldest : newest;
      const FieldSpec* field = draft_.span.field(object, name, draft_.release_of(via));
      if (field == nullptr) continue;
      Operation op = draft_.next(0, "update", object, via, purpose);
      draft_.set(op, *row, {{name, draft_.value(op, *field, random_)}});
      step.operations.push_back(std::move(op));
      read(step, *row, from_old ? new_api() : old_api(), {newest});
    }
  }
}

void Mixer::run(PlanStep& step, const std::string& via, const std::string& engine, PlannedRow* cluster) {
  PlannedRow* job = base(draft_.run_of);
  if (job == nullptr) return;
  Operation op = draft_.next(0, "run", draft_.run_object, via, purpose);
  op.engine = engine;
  draft_.run(op, *job, cluster, 1 + static_cast<int>(random_.below(2)), Wish{}, random_);
  step.operations.push_back(std::move(op));
}

// Work handed over across the releases, both ways.
void Mixer::works_of_engines(PlanStep& step) {
  const std::vector<std::string> old_engines = draft_.fleet.serving("engine", draft_.span.from());
  const std::vector<std::string> new_engines = draft_.fleet.serving("engine", draft_.span.to());
  run(step, new_api(), old_engines.back(), nullptr);
  run(step, new_api(), old_engines.front(), base(draft_.run_on));
  if (new_engines.empty()) return;
  const std::string via = old_api();
  run(step, via, new_engines.front(), nullptr);
  const std::string& object = draft_.provisioned;
  if (object.empty()) return;
  PlannedRow& cluster = create(step, object, via, wish_for(object, via), new_engines.front());
  read(step, cluster, new_api(), {"name", "description"});
}

void Mixer::refused(PlanStep& step, const std::string& object) {
  const std::string via = new_api();
  Json fields = Json::object();
  for (const FieldSpec* field : draft_.span.new_fields(object)) {
    if (field->column->references || draft_.span.owned_by_nodes(object, field->name, false)) continue;
    fields[field->name] = telling_value(draft_, object, *field, draft_.upcoming(0));
  }
  if (fields.empty() && !draft_.span.is_new(object)) return;
  Operation op = draft_.next(0, "create", object, via, purpose);
  op.row = row_id(draft_.seed, op.id);
  fields["id"] = op.row;
  op.fields = fields;
  op.expect = "refused";
  step.operations.push_back(std::move(op));
}

void Mixer::mix(PlanStep& step) {
  const bool pin = pinned("api"), direct = draft_.fleet.mode().access == "direct";
  for (const std::string& object : draft_.span.objects()) {
    if (pin) refused(step, object);
    if (draft_.span.is_new(object)) {
      if (!pin) new_children(step, object);
      continue;
    }
    new_then_old(step, object);
    old_then_new(step, object);
    if (!draft_.span.changed(object)) continue;
    if (!pin) {
      guarded_fields(step, object);
      if (!direct) beyond_the_old(step, object);  // nobody refuses a value there
      seen_otherwise(step, object);
    }
    renames(step, object);
  }
  works_of_engines(step);
}

void Mixer::edit(PlanStep& step) {
  const std::vector<std::string> apis = draft_.fleet.serving("api");
  for (const auto& [object, row] : base_) {
    const std::string& via = apis[turn_++ % apis.size()];
    if (!row->gone && draft_.known(object, via) != nullptr) touch(step, *row, via);
  }
}

void Mixer::unpinned(PlanStep& step) {
  for (const std::string& object : draft_.span.objects()) {
    if (draft_.span.is_new(object)) {
      new_children(step, object);
      continue;
    }
    if (!draft_.span.changed(object)) continue;
    const std::string via = new_api();
    Operation op = draft_.next(0, "create", object, via, purpose);
    Wish wish = wish_for(object, via);
    wish.extras = 0;
    std::vector<std::string> checked = {"name"};
    for (const FieldSpec* field : draft_.span.new_fields(object)) {
      if (field->column->references || draft_.span.owned_by_nodes(object, field->name, false) ||
          rewritten(object, field->name))
        continue;
      wish.set[field->name] = telling_value(draft_, object, *field, draft_.token(op));
      checked.push_back(field->name);
    }
    PlannedRow& row = draft_.create(op, wish, random_);
    step.operations.push_back(std::move(op));
    remembered_.push_back(&row);
    read(step, row, new_api(), checked);
    beyond_the_old(step, object);
  }
}

void Mixer::queue(PlanStep& step, const std::string& engine) {
  for (const std::string& release : {draft_.span.from(), draft_.span.to()}) {
    if (!draft_.fleet.serving("api", release).empty())
      run(step, draft_.fleet.serving("api", release).front(), engine, nullptr);
    if (draft_.span.from() == draft_.span.to()) break;
  }
}

void Mixer::final_reads(PlanStep& step) {
  const std::vector<std::string> apis = draft_.fleet.serving("api");
  if (apis.empty()) return;
  // The newer release saves beside its own edits, too: another field each time.
  for (const auto& [object, row] : base_) {
    for (const std::size_t choice : {0U, 1U}) {
      if (!row->gone) touch(step, *row, apis[turn_++ % apis.size()], {}, choice);
    }
  }
  for (const PlannedRow* row : remembered_) {
    const std::string& via = apis[turn_++ % apis.size()];
    if (row->gone || draft_.known(row->object, via) == nullptr) continue;
    std::vector<std::string> names;
    for (const auto& [name, value] : row->written) {
      const FieldSpec* field = draft_.span.field(row->object, name, draft_.span.to());
      if (field != nullptr && draft_.span.parent_class(*field).empty()) names.push_back(name);
    }
    read(step, *row, via, names);
  }
}

}  // namespace caravan

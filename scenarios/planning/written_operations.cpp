#include "scenarios/planning/written_operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "scenarios/plan/field_values.hpp"

namespace caravan::scenarios {

PlannedRow* WrittenOperations::row(const std::string& name, const std::string& where) const {
  const auto found = rows_.find(name);
  if (found == rows_.end())
    throw bad_request(where,
                      fmt::format("no step made a row \"{}\" in {}", name, mode_name(builder_.fleet.mode())),
                      "look at `modes` and `expect` of the step that was to make it");
  return found->second;
}

std::string WrittenOperations::via_of(const Action& action) {
  const std::vector<std::string> serving = builder_.fleet.serving(Role::api);
  const std::string& named = action.via;
  if (named.empty()) {
    if (serving.empty()) throw bad_request(action.where, "do: no api is serving at this point");
    return serving[random_.below(serving.size())];
  }
  if (std::find(serving.begin(), serving.end(), named) == serving.end()) {
    throw bad_request(action.where, fmt::format("do: {} is not serving at this point", named),
                      did_you_mean("", serving));
  }
  return named;
}

Json WrittenOperations::resolved(const Action& action, const Json& value) const {
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    if (text.size() > 1 && text[0] == '$')
      return text[1] == '$' ? Json(text.substr(1)) : Json(row(text.substr(1), action.where)->id);
    return value;
  }
  Json result = value;
  if (value.is_array() || value.is_object()) {
    for (auto it = result.begin(); it != result.end(); ++it) *it = resolved(action, *it);
  }
  return result;
}

void WrittenOperations::known_fields(const Action& action, const std::string& object, const std::string& via,
                                     const Json& fields, bool travel) const {
  const std::string& release = builder_.release_of(via);
  if (word_for(action.expect, builder_.fleet.mode(), "ok") == "refused") return;
  if (builder_.span.form(object, release) == nullptr) {
    throw bad_request(action.where, fmt::format("{} is at {}, which does not know {}", via, release, object),
                      "ask a newer api, or write `expect: refused`");
  }
  const auto place = [&](const std::string& name) {
    for (const char* key : {"/set/", "/want/", "/where/"})
      if (const auto found = action.places.find(key + name); found != action.places.end())
        return found->second;
    return action.where;
  };
  const std::string& spoken = builder_.fleet.speaks(via);
  if (builder_.span.form(object, spoken) == nullptr)
    throw bad_request(action.where,
                      fmt::format("{} is pinned at {}, which does not know {}", via, spoken, object),
                      "ask after the pins are lifted, or write `expect: refused`");
  for (const auto& [name, value] : fields.items()) {
    if (travel && builder_.span.field(object, name, release) != nullptr && !builder_.takes(object, name, via))
      throw bad_request(
          place(name), fmt::format("{} is pinned at {}, whose {} has no field {}", via, spoken, object, name),
          "ask after the pins are lifted, or write `expect: refused`");
    if (builder_.span.field(object, name, release) == nullptr) {
      throw bad_request(place(name),
                        fmt::format("{} is at {}, whose {} has no field {}", via, release, object, name),
                        "ask an api of the other release, or write `expect: refused`");
    }
  }
}

void WrittenOperations::castable(const Action& action, const std::string& object,
                                 const std::string& via) const {
  const LifeSpec* life = builder_.catalog.life(object);
  if (life == nullptr || word_for(action.expect, builder_.fleet.mode(), "ok") == "refused") return;
  const std::string& cast = life->cast_for(action.method);
  if (cast.empty()) return;
  const std::string& release = builder_.release_of(via);
  if (builder_.span.knows_method(release, name(Role::engine), cast)) return;
  throw bad_request(
      action.where,
      fmt::format("{}: {} is at {}, whose engines have no method {}", action.method, via, release, cast),
      "ask an api of a newer release, or write `expect: refused`");
}

void WrittenOperations::listed_by_columns(const Action& action, const std::string& object,
                                          const std::string& via) const {
  if (word_for(action.expect, builder_.fleet.mode(), "ok") == "refused") return;
  for (const auto& [name, value] : action.where_equal.items()) {
    const FieldSpec* field = builder_.span.field(object, name, builder_.release_of(via));
    if (field == nullptr || field->column) continue;
    const auto place = action.places.find("/where/" + name);
    throw bad_request(
        place == action.places.end() ? action.where : place->second,
        fmt::format("{}.{} holds rows of its own, so it is not a column to list by", object, name));
  }
}

PlanStep WrittenOperations::perform(const Action& action) {
  const std::string via = via_of(action);
  PlanStep step =
      plan_step(step::Group{}, fmt::format("{} {} through {}", action.method, action.target, via));
  const bool of_class = action.method == "create" || action.method == "list";
  PlannedRow* row = of_class ? nullptr : this->row(action.target, action.where);
  const std::string object = action.method == "run" ? builder_.run_object
                             : of_class             ? action.target
                                                    : row->object;
  Operation op = builder_.next(0, action.method, object, via, "do");
  op.engine = action.engine;
  op.raw = action.raw;
  op.expect = word_for(action.expect, builder_.fleet.mode(), "ok");
  places_.names[op.id] = fmt::format("{} {}", action.method, action.target);
  const Json set = resolved(action, action.set);
  if (action.method != "scale") {
    known_fields(action, object, via, set, true);
    known_fields(action, object, via, action.want.is_null() ? Json::object() : action.want, false);
    known_fields(action, object, via, action.where_equal, true);
    listed_by_columns(action, object, via);
    Json lazy = Json::object();
    for (const std::string& name : action.load) lazy[name] = nullptr;
    known_fields(action, object, via, lazy, true);
    fitting_values(action, object, via);
  }
  castable(action, object, via);
  try {
    fill(op, action, row, set);
  } catch (const Error& error) {
    if (!error.where().empty()) throw;
    throw bad_request(action.where, error.message(), error.hint());
  }
  if (action.method == "read") {
    op.want = resolved(action, action.want);
    if (!action.load.empty()) op.fields["load"] = action.load;
  }
  if (action.method == "list") {
    op.fields = resolved(action, action.where_equal);
  }
  step.operations.push_back(std::move(op));
  return step;
}

void WrittenOperations::fitting_values(const Action& action, const std::string& object,
                                       const std::string& via) const {
  if (action.raw) return;
  WrittenValues values;
  values.object = object;
  values.release = builder_.release_of(via);
  values.refused = word_for(action.expect, builder_.fleet.mode(), "ok") == "refused";
  values.places = action.places;
  values.where = action.where;
  values.class_of = [this](const std::string& name) {
    const auto found = rows_.find(name);
    return found == rows_.end() ? std::string() : found->second->object;
  };
  check_values(builder_.span, values, "set", action.set);
  check_values(builder_.span, values, "want", action.want);
  check_values(builder_.span, values, "where", action.where_equal);
}

Json WrittenOperations::with_ids(const Operation& op, const std::string& name, Json value) const {
  if (!value.is_array()) return value;
  for (const FieldSpec& field : builder_.known(op.object, op.via)->fields) {
    if (field.name != name || field.type.name != "ListOfObjects") continue;
    for (std::size_t i = 0; i < value.size(); ++i)
      if (value[i].is_object() && !value[i].contains("id"))
        value[i]["id"] = row_id(builder_.seed, fmt::format("{}.{}.{}", op.id, name, i + 1));
  }
  return value;
}

std::vector<const PlannedRow*> WrittenOperations::groups_of(const PlannedRow& cluster) const {
  std::vector<const PlannedRow*> result(cluster.children.begin(), cluster.children.end());
  const ClassHistory* history = builder_.catalog.history(cluster.object);
  for (const auto& [list, child] : history->children) {
    const ClassHistory* groups = builder_.catalog.history(child);
    if (groups == nullptr || groups->conduct.counts.empty()) continue;
    for (const auto& row : builder_.rows()) {
      const auto in = row->written.find(history->child_key.at(list));
      if (row->object == child && !row->inside && !row->gone && in != row->written.end() &&
          in->second == cluster.id)
        result.push_back(row.get());
    }
  }
  return result;
}

void WrittenOperations::fill(Operation& op, const Action& action, PlannedRow* row, const Json& set) {
  RowRequest request;
  request.extras = 0;
  for (const auto& [name, value] : set.items()) request.set[name] = value;
  if (op.method == "create" || op.method == "run") {
    if (builder_.known(op.object, op.via) == nullptr) {  // expected to be refused
      op.row = row_id(builder_.seed, op.id);
      op.fields = set;
      op.fields["id"] = op.row;
      return;
    }
    PlannedRow& made = op.method == "create" ? builder_.create(op, request, random_)
                                             : builder_.run(op, *row, nullptr, 2, request, random_);
    // What the release does not know is sent anyway: its refusal is what is expected.
    for (const auto& [name, value] : set.items())
      if (!op.fields.contains(name)) op.fields[name] = with_ids(op, name, value);
    if (!action.as.empty()) rows_[action.as] = &made;
    return;
  }
  if (row == nullptr) return;
  op.row = row->id;
  if (op.method == "update") builder_.set(op, *row, request.set);
  if (op.method == "delete") builder_.remove(*row);
  if (op.method == "scale") {
    op.fields = set;
    const Json named = set.value("node_group", Json(""));
    if (!named.is_string()) throw bad_request("", "scale: node_group is the name of a node group, a text");
    const std::string group = named.get<std::string>();
    std::vector<std::string> known;
    for (const PlannedRow* child : groups_of(*row)) {
      known.push_back(child->name);
      if (child->name == group) op.fields["node_group"] = child->id;
    }
    if (group.empty() && !row->children.empty())  // how many there are may have been drawn
      op.fields["node_group"] = row->children.front()->id;
    if (!set.contains("count") || !set.at("count").is_number_integer() || set.at("count") < 0)
      throw bad_request("", "scale: set lacks a whole number \"count\", zero or more");
    if (op.fields == set)
      throw bad_request("", fmt::format("scale: the cluster has no node group \"{}\"", group),
                        did_you_mean(group, known));
  }
}

void WrittenOperations::name_rows() const {
  for (const auto& [name, row] : rows_) places_.names[row->id] = name;
}

}  // namespace caravan::scenarios

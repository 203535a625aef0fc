// What Sahara's own code does when a process with direct access saves a row.
#include <algorithm>

#include "nodes/sahara/job_execution.hpp"
#include "nodes/sahara/project.hpp"

namespace caravan::nodes::sahara {
namespace {

class Writes : public DirectWrites {
 public:
  /// `Deleting` is absorbing.
  bool keeps(const Object& stored, const std::string& field) const override {
    return stored.name() == "Cluster" && field == "status" && stored.get("status") == "Deleting";
  }
  bool takes_children(const std::string& object) const override { return object == "ClusterTemplate"; }
  /// template_update_drops_relations, relations_follow_their_template: the relations of templates, as far as
  /// this process knows them. Sahara gave these new ids; here they keep theirs, so that it can be told what
  /// was lost.
  Others beside(RowMapping& rows, const Object& updated) const override;
};

Object copy_of(RowMapping& rows, const Object& relation, const Object* updated) {
  Object made = Object::create(rows.registry(), relation.name());
  for (const FieldSpec& field : relation.spec().fields) {
    const bool own =
        field.name == "id" || field.name == "count" || field.name.find("template_id") != std::string::npos;
    if (field.name == "created_at" || field.name == "updated_at") continue;
    const Object& source = own || updated == nullptr ? relation : *updated;
    made.set(field.name,
             has(source, field.name) && source.is_set(field.name) ? source.get(field.name) : Json());
  }
  return made;
}

DirectWrites::Others Writes::beside(RowMapping& rows, const Object& updated) const {
  Others result;
  result.object = "TemplatesRelation";
  const Release& release = rows.registry()->catalog().releases.front();
  const std::string id = updated.get("id").get<std::string>();
  if (updated.name() == "ClusterTemplate") {
    const auto changed = updated.what_changed();
    const bool named = std::find(changed.begin(), changed.end(), "node_groups") != changed.end();
    if (!named && !release.does("template_update_drops_relations")) return result;
    const std::string table = rows.spec("TemplatesRelation").table;
    std::vector<Object> made = named ? updated.children("node_groups") : std::vector<Object>{};
    for (const Row& row : rows.store().list(table, {{"cluster_template_id", id}})) {
      const bool again = std::any_of(made.begin(), made.end(), [&](const Object& relation) {
        return relation.get("id") == row.at("id");
      });
      if (!again) result.dropped.push_back(row.at("id").get<std::string>());
    }
    for (Object& relation : made) relation.set("cluster_template_id", id);
    result.made = std::move(made);
  }
  if (updated.name() == "NodeGroupTemplate" && release.does("relations_follow_their_template")) {
    const Object stored = rows.read("NodeGroupTemplate", id);
    std::vector<std::string>
        templates;  // each cluster template that uses it: all its relations are made again
    for (const Object& relation : rows.list("TemplatesRelation", {{"node_group_template_id", id}})) {
      const Json owner = relation.get("cluster_template_id");
      if (owner.is_string() && std::find(templates.begin(), templates.end(), owner) == templates.end())
        templates.push_back(owner.get<std::string>());
    }
    for (const std::string& owner : templates) {
      for (const Object& relation : rows.list("TemplatesRelation", {{"cluster_template_id", owner}})) {
        const bool follows = relation.get("node_group_template_id") == id;
        result.made.push_back(copy_of(rows, relation, follows ? &stored : nullptr));
      }
    }
  }
  return result;
}

}  // namespace

std::unique_ptr<const DirectWrites> Sahara::direct_writes() const { return std::make_unique<Writes>(); }

}  // namespace caravan::nodes::sahara

#include "harness/defects/plants.hpp"

#include "harness/defects/plant_edits.hpp"
#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"

namespace caravan::harness {
namespace {

using Shows = Plant::Shows;
using Edits = Plant::Edits;

struct PlantRow {
  Plant plant;
  PlantEdit edit;  ///< null: a hook in the nodes
};

const std::vector<PlantRow>& rows() {
  static const std::vector<PlantRow> table = {
      {{"F01", "leaked field", "O1", "wire-schema", "leaked-field",
        "a field added in the newer release has no removal step: old receivers get it", Shows::in_both,
        Edits::code},
       leak_a_field},
      {{"F02", "threshold off by one", "O1", "wire-schema", "threshold-off",
        "a field is removed for receivers older than the version before the one that added it: the nearest "
        "old "
        "version gets it",
        Shows::in_both, Edits::code},
       lower_a_threshold},
      {{"F03", "guard on the wrong name", "O1", "wire-schema", "guard-on-wrong-name",
        "a removal step asks whether another field is present, so it never removes", Shows::in_both,
        Edits::code},
       guard_on_wrong_name},
      {{"F04", "parent swallows children", "O1", "wire-schema", "children-not-converted",
        "a parent with a conversion of its own does not pass it on: its children stay new", Shows::in_both,
        Edits::code},
       swallow_children},
      {{"F05", "child not in the manifest", "O4", "", "child-not-in-manifest",
        "the older release's manifest lacks a child of a parent that it knows", Shows::in_lint,
        Edits::promise},
       forget_child_in_manifest},
      {{"F07", "new value unguarded", "O1", "wire-schema", "unknown-value",
        "a value that older receivers do not know is sent to them as it is", Shows::in_both, Edits::code},
       leave_value_unguarded},
      {{"F08", "no version bump", "O3", "", "contract-changed", "a field is added, the version stays",
        Shows::in_lint, Edits::code},
       add_field_without_bump},
      {{"F09", "type change", "O1", "", "wrong-type",
        "an Integer becomes a String in the newer version, no step casts it back", Shows::in_lint,
        Edits::both},
       change_type},
      {{"F10", "rename half done", "O2", "wire-schema", "rename-half-done",
        "the new name is removed for older receivers, the old one is not put back", Shows::in_both,
        Edits::code},
       rename_half_done},
      {{"F11", "null where there was none", "O1", "", "null-not-allowed",
        "the newer version allows null, no step fills it for older receivers", Shows::in_lint, Edits::both},
       allow_null},
      {{"F12", "crash on a sparse object", "O2", "", "crash",
        "a conversion step reads a field without asking whether it is set", Shows::in_lint, Edits::code},
       stumble_when_unset},
      {{"F14", "time without zone", "O1", "wire-schema", "time-without-zone",
        "a backport writes a time without its zone", Shows::in_both, Edits::code},
       strip_time_zone},
      {{"F23", "whole-row save", "O7, O5", "frame", "",
        "a save writes back every column that the writer knows, and null for those it does not",
        Shows::in_runs, Edits::code},
       nullptr},
      {{"F30", "answer before commit", "O5", "no-data-loss", "",
        "a conductor replies before it commits, and dies between the two at one seeded write", Shows::in_runs,
        Edits::code},
       nullptr},
      {{"F33", "work that just ends", "O11", "liveness", "",
        "an engine that gets NotFound or Conflict in the middle leaves its cluster or run as it is",
        Shows::in_runs, Edits::code},
       nullptr},
      {{"F34", "waits for the lock", "O11", "liveness", "",
        "a store waits for another writer's lock for as long as it is held, and so does every node that asks "
        "it; a pause of the first conductor is sure to find it holding the lock",
        Shows::in_runs, Edits::code},
       nullptr},
      {{"F35", "NULL equals nothing", "O6", "session", "",
        "a list compares columns: rows that are older than a flag are not in it", Shows::in_runs,
        Edits::code},
       nullptr},
      {{"F36", "announcement undone", "O13", "pin", "",
        "the next heartbeat of a node that was announced for an older release puts its own back",
        Shows::in_runs, Edits::code},
       nullptr},
      {{"F37", "late create revives", "O5", "no-data-loss", "",
        "an event that comes again after its step has ended is made again", Shows::in_runs, Edits::code},
       nullptr},
      {{"F38", "handed on for ever", "O13", "pin", "",
        "engines that must not do a job hand it to each other, above their caps, though no engine may do it",
        Shows::in_runs, Edits::code},
       nullptr},
      {{"F39", "deaf to a refusal", "O14", "gate", "",
        "a node that has joined ignores that it is refused, and keeps serving", Shows::in_runs, Edits::code},
       nullptr},
      {{"F40", "late answer", "O11", "liveness", "",
        "a conductor holds the answer to one write back for twice as long as its caller waits",
        Shows::in_runs, Edits::code},
       nullptr},
      {{"B01", "field added properly", "", "", "",
        "removed at the right version, filled with its default when it comes back", Shows::in_lint,
        Edits::both},
       add_field_properly},
      {{"B02", "field declared as lost", "", "", "",
        "older receivers do not get it, and the contract says so", Shows::in_lint, Edits::both},
       add_lossy_field},
      {{"B03", "new value refused", "", "", "", "older receivers are refused it, with the proper error",
        Shows::in_lint, Edits::both},
       refuse_new_value},
      {{"B04", "patch-level version", "", "", "", "a version x.y.z with nothing else changed", Shows::in_lint,
        Edits::both},
       bump_patch_level},
      {{"B05", "other order", "", "", "", "fields and enum values are in another order", Shows::in_lint,
        Edits::code},
       reorder},
      {{"B06", "optional argument", "", "", "", "a newer RPC version has one more argument with a default",
        Shows::in_lint, Edits::both},
       add_optional_argument},
      {{"B07", "child bumped alone", "", "", "",
        "a child gets a version, its parent does not; the manifest has both", Shows::in_lint, Edits::both},
       bump_child_alone},
  };
  return table;
}

const PlantRow& row_of(const Plant& plant) {
  for (const auto& row : rows())
    if (std::string(row.plant.name) == plant.name) return row;
  throw bad_request("--plant", std::string("unknown plant '") + plant.name + "'");
}

PlantedHistory plant_between(const Catalog& catalog, const PlantRow& row, const Release& from) {
  PlantedHistory out{catalog, catalog, {}, {}};
  if (row.plant.edits != Edits::code) {
    out.done = row.edit({out.promised, catalog, from});
    if (row.plant.edits == Edits::both) out.code = out.promised;
    return out;
  }
  out.done = row.edit({out.code, catalog, from});
  if (!out.done.empty()) return out;
  // One version, two contracts: only the builds of two releases can show it.
  for (const auto& release : catalog.releases) {
    lint::Build build{release.name, snapshot(catalog, release.name)};
    const auto done = row.edit({build.catalog, catalog, from});
    if (!done.empty()) out.done = done;
    out.builds.push_back(std::move(build));
  }
  return out;
}

}  // namespace

const std::vector<Plant>& plants() {
  static const std::vector<Plant> table = [] {
    std::vector<Plant> out;
    for (const auto& row : rows()) out.push_back(row.plant);
    return out;
  }();
  return table;
}

const Plant& find_plant(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& plant : plants()) {
    if (name == plant.name) return plant;
    known.emplace_back(plant.name);
  }
  throw bad_request("--plant", "unknown plant '" + name + "'", did_you_mean(name, known));
}

std::string plant_in(Catalog& snapshot, const Plant& plant, const Catalog& catalog, const std::string& from) {
  const auto* older = catalog.release(from);
  if (older == nullptr || plant.shows != Shows::in_both) return {};
  return row_of(plant).edit({snapshot, catalog, *older});
}

PlantedHistory plant_in_history(const Catalog& catalog, const Plant& plant) {
  const auto& row = row_of(plant);
  if (row.edit == nullptr)
    throw bad_request("--plant", std::string(plant.name) + " is in the nodes, not in the object history",
                      std::string("caravan run kilo-to-liberty --plant ") + plant.name);
  // Where the shipped scenario begins, so that lint and runs show the same place; else anywhere.
  std::vector<const Release*> order;
  for (const auto& release : catalog.releases)
    order.insert(release.name == "kilo" ? order.begin() : order.end(), &release);
  for (const auto* from : order) {
    auto planted = plant_between(catalog, row, *from);
    if (!planted.done.empty()) return planted;
  }
  throw bad_request("--plant", std::string(plant.name) + " finds nothing to break in this object history");
}

}  // namespace caravan::harness

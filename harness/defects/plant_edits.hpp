// The edits behind the planted defects of the catalog, one function each: it looks for the first place where
// the defect can be built in between release `from` and what `code` holds, builds it in, and says what it did
// ("" if nowhere).
#pragma once

#include <string>

#include "objects/catalog/catalog.hpp"

namespace caravan::harness {

/// What an edit works on: it changes `code` and reads the rest.
struct PlantGround {
  Catalog& code;         ///< a snapshot of one release, or all of them
  const Catalog& whole;  ///< the catalog without the defect
  const Release& from;   ///< its nodes are the older ones
};
using PlantEdit = std::string (*)(PlantGround ground);

// In one conversion step of the newer code (plant_edits.cpp).
std::string leak_a_field(PlantGround ground);           // F01
std::string lower_a_threshold(PlantGround ground);      // F02
std::string guard_on_wrong_name(PlantGround ground);    // F03
std::string swallow_children(PlantGround ground);       // F04
std::string leave_value_unguarded(PlantGround ground);  // F07
std::string rename_half_done(PlantGround ground);       // F10
std::string stumble_when_unset(PlantGround ground);     // F12
std::string strip_time_zone(PlantGround ground);        // F14

// In what a version or a release is (plant_versions.cpp).
std::string forget_child_in_manifest(PlantGround ground);  // F05
std::string add_field_without_bump(PlantGround ground);    // F08
std::string change_type(PlantGround ground);               // F09
std::string allow_null(PlantGround ground);                // F11

// What looks like it and is right (plant_twins.cpp).
std::string add_field_properly(PlantGround ground);     // B01
std::string add_lossy_field(PlantGround ground);        // B02
std::string refuse_new_value(PlantGround ground);       // B03
std::string bump_patch_level(PlantGround ground);       // B04
std::string reorder(PlantGround ground);                // B05
std::string add_optional_argument(PlantGround ground);  // B06
std::string bump_child_alone(PlantGround ground);       // B07

// Shared.
/// The objects of `whole` in the order to look in: Cluster first.
std::vector<const ClassHistory*> plant_order(const PlantGround& ground);
/// The version that the older nodes have; null if they do not know the object.
const Version* older_version(const PlantGround& ground, const std::string& object);
/// The version that followed it; null if there is none.
const Version* first_newer_version(const PlantGround& ground, const std::string& object);
/// Classes in `code` that are newer than what `from` has.
std::vector<ClassSpec*> newer_classes(const PlantGround& ground, const std::string& object);

}  // namespace caravan::harness

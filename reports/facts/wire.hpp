// Primitives in messages: where they are, whether a release can know them, whether their values fit it.
// Independent of objects/model/field.hpp on purpose.
#pragma once

#include <string>
#include <vector>

#include "reports/facts/reason.hpp"
#include "reports/facts/run_facts.hpp"

namespace caravan::reports {

/// Why this value is not one of that field. Nested primitives are not looked into.
Reason wrong_value(const FieldSpec& spec, const Json& wire);
/// Why the contract does not let a primitive of `version` carry the value.
Reason illegal_value(const Contract& contract, const Version& version, const Json& wire);
/// Why the column that takes the field at that release is too short for `wire`.
Reason too_long(const RunFacts&, const std::string& release, const std::string& object,
                const std::string& field, const Json& wire);

/// Primitives anywhere in a message's arguments or result, outermost ones only, with the path to each.
struct Found {
  std::string path;
  Primitive primitive;
};
std::vector<Found> primitives_in(const Message& message, const std::string& prefix);
/// Why this release does not know the primitive, or one in it: "Cluster 1.3, but kilo knows 1.2".
Reason too_new(const ReleaseModel& releases, const Primitive& primitive, const std::string& release);
/// Calls of object_backport_versions by which the receiver of this delivery turned the primitive down; null
/// if none.
const Message* refused_by(const RunFacts&, const Message& message, const Delivery& delivery,
                          const Primitive& primitive);

}  // namespace caravan::reports

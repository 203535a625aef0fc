// Parts of a catalog in one line each, in the words of OVO: what people and programs are shown.
#pragma once

#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"

namespace caravan {

/// "Boolean", "Enum", "Dict of String, nullable", "ListOfObjects of NodeGroup".
std::string describe(const FieldType& type);
/// The type, and nullable, read_only, default, created as, loaded lazily.
std::string describe(const FieldSpec& field);
/// "remove use_autoconfig", "rename engine_job_id to oozie_job_id"; without `below`.
std::string describe(const Rule& rule);
/// A promise each: "since 1.3", "absent means false", "below 1.3 lost", ... The closed sets are not among
/// them.
std::vector<std::string> describe(const Contract& contract);
/// "engine, update: when shares is not empty"; without `below` and `why`.
std::string describe(const Refusal& refusal);
/// "cast provision_cluster(cluster: Cluster, force=false)".
std::string describe(const RpcMethod& method);
std::string describe(const RpcArg& arg);

/// A closed set of a field, at its newest.
struct ClosedSet {
  std::string path;  ///< "" the value itself, "status", ":scheme"
  std::vector<Json> values;
};
std::vector<ClosedSet> closed_sets(const Contract& contract);
/// "info.status", "url:scheme".
std::string place_in_field(const std::string& field, const std::string& path);

/// Compact JSON, as people write values.
std::string shown(const Json& value);
std::string joined(const std::vector<std::string>& words, const std::string& separator = ", ");

}  // namespace caravan

// What changed between two releases, or between two versions of an object, as data for people and programs.
#pragma once

#include <string>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan {

/// {"from", "to", "database_revision", "engine_version", "objects": [...], "rpc": [...], "enums": [...],
/// "behaviours"}. Members without a change are left out. Each object is {"object", "from", "to", "fields",
/// "contracts", "rules", "refusals"}; a change has "change": added, removed, renamed or changed. Throws
/// bad_request for an unknown release.
Json diff_releases(const Catalog& catalog, const std::string& from, const std::string& to);

/// The same for one object. Throws bad_request for a version that the object does not have.
Json diff_versions(const Catalog& catalog, const std::string& object, const Version& from, const Version& to);

/// The catalog as if there was one release with this version of the object: contracts and rules cut to it.
Catalog snapshot_of_version(const Catalog& catalog, const std::string& object, const Version& version);

}  // namespace caravan

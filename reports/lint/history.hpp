// What an object history must never do, whatever conversions make of it: versions over releases, manifests,
// builds that disagree, rules that cannot be meant.
#pragma once

#include <vector>

#include "reports/lint/lint.hpp"
#include "reports/lint/promise.hpp"

namespace caravan::lint {

/// Versions never go down, have no gap, are used once, and manifests name versions that there are.
void check_versions(const Promises& promise, std::vector<Finding>& findings);
/// O4: everything reachable has an entry in the manifest of every release that knows the parent.
void check_closure(const Promises& promise, std::vector<Finding>& findings);
/// Rules on fields that do not exist, guards on the wrong name.
void check_rules(const Promises& promise, std::vector<Finding>& findings);
/// O3: equal object and version, equal contract; the same for RPC methods.
void check_builds(const Promises& promise, const std::vector<Build>& builds, std::vector<Finding>& findings);

/// How to give a changed contract its own version, from the release that changed it on.
void suggest_bump(const Promises& promise, const LintObject& object, const Version& version,
                  const std::string& before_release, const std::string& after_release, const Catalog& changed,
                  Finding& finding);
void suggest_rpc_bump(const Promises& promise, const std::string& release, const RpcInterface& changed,
                      Finding& finding);
void suggest_relationship(const LintObject& object, const std::string& field, const Version& own,
                          const Version& child, Finding& finding);
/// How to close a gap: versions from the `first`-th on follow the one before without one.
void suggest_renumbering(const Promises& promise, const LintObject& object, std::size_t first,
                         Finding& finding);

}  // namespace caravan::lint

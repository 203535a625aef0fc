// What a node may be configured with, besides its release: a table of options with their types.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::scenarios {

using NodeOptions = std::map<std::string, Json>;  ///< node -> {option: value}

/// One row of the table of options.
struct NodeOption {
  const char* name;
  const char* type;  ///< boolean, release
  const char* doc;
};
/// All options that there are; the same table at every call.
const std::vector<NodeOption>& node_options();

/// `who` is a node or a role (all its nodes); a node's own options win over its role's, so give roles first.
/// Throws bad_request at `where` for an unknown node, option, or value.
void add_option(NodeOptions& config, const std::vector<std::pair<std::string, int>>& nodes,
                const std::string& who, const std::string& option, const Json& value, const Catalog& catalog,
                const std::string& where);

}  // namespace caravan::scenarios

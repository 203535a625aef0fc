#include "scenarios/format/options.hpp"

#include <fmt/format.h>

#include "objects/base/error.hpp"
#include "objects/base/lookup.hpp"
#include "objects/base/nearest.hpp"
#include "scenarios/format/nodes_meant.hpp"

namespace caravan::scenarios {

const std::vector<NodeOption>& node_options() {
  static const std::vector<NodeOption> known = {
      {"castellan", "boolean",
       "Passwords are kept by a secret store; the row holds a key id in their place (mitaka and later)."},
      {"upgrade_levels", "release",
       "With `compat: pin`: the caps are this release's, whatever the service records say."},
      {"migrate_on_read", "boolean",
       "A row that an older release wrote is rewritten in the new form when it is read."},
  };
  return known;
}

void add_option(NodeOptions& config, const std::vector<std::pair<std::string, int>>& nodes,
                const std::string& who, const std::string& option, const Json& value, const Catalog& catalog,
                const std::string& where) {
  const auto meant = nodes_meant(nodes, who, "config", where);

  const NodeOption* found = find_named(node_options(), option);
  if (found == nullptr)
    throw bad_request(where, fmt::format("config: unknown option \"{}\"", option),
                      did_you_mean(option, names_of(node_options())));
  if (std::string(found->type) == "boolean" && !value.is_boolean())
    throw bad_request(where,
                      fmt::format("config: {}: {} where true or false was expected", option, value.dump()));
  if (std::string(found->type) == "release") {
    if (!value.is_string())
      throw bad_request(where,
                        fmt::format("config: {}: {} where a release was expected", option, value.dump()));
    const std::string name = value.get<std::string>();
    const Release& release = catalog.require_release(name, where, fmt::format("config: {}: ", option));
    if (release.rpc.empty())
      throw bad_request(where, fmt::format("config: {}: {} has no RPC: one process", option, name));
  }
  for (const std::string& node : meant) config[node][option] = value;
}

}  // namespace caravan::scenarios

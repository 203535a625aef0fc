// Life cycles: the status of clusters and job runs, and which steps the table has.
#pragma once

#include <string>

#include "objects/catalog/catalog.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan {

bool has_life(const std::string& object);
/// The status in Cluster.status or in JobExecution.info; empty if there is none.
std::string status_in(const std::string& object, const Json& value);
/// Whether some release in play has the step. From "" (no row, or no status yet) every first state is lawful.
bool is_lawful_step(const Lore& lore, const std::string& object, const std::string& from,
                    const std::string& to);
/// Nothing more is going to happen by itself.
bool is_resting(const std::string& object, const std::string& status);

}  // namespace caravan

// Small readings of clusters and runs that the engine's files share.
#pragma once

#include <string>

#include "nodes/core/node.hpp"
#include "objects/model/object.hpp"

namespace caravan::sahara {

bool has(const Object& object, const std::string& field);
/// An empty object if there is none.
Json info_of(const Object& job_execution);
/// `info.status`, or empty.
std::string status_of(const Object& job_execution);
bool over(const std::string& status);
int number(const Object& object, const std::string& field, int otherwise);
/// How long a run polls is its own business: job_configs.configs["caravan.polls"], 2 unless told.
int polls_of(const Object& job_execution);
std::string wire_time(Instant instant);

}  // namespace caravan::sahara

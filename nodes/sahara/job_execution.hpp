// Small readings of clusters and runs that the engine's files share.
#pragma once

#include <string>

#include "nodes/core/node.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes::sahara {

/// Whether the object's class has the field.
bool has(const Object& object, const std::string& field);
/// An empty object if there is none.
Json info_of(const Object& job_execution);
/// `info.status`, or empty.
std::string status_of(const Object& job_execution);
/// Whether a run in that status has ended.
bool over(const std::string& status);
/// The field, or `otherwise` if it is not set or no integer.
int number(const Object& object, const std::string& field, int otherwise);
/// How long a run polls is its own business: job_configs.configs["caravan.polls"], 2 unless told.
int polls_of(const Object& job_execution);
/// "2016-04-07T12:00:00Z": UTC, in whole seconds.
std::string wire_time(Instant instant);

}  // namespace caravan::nodes::sahara

// The words of plans that the harness uses all the time.
#pragma once

#include "scenarios/plan/plan.hpp"

namespace caravan::harness {

using scenarios::Mode;
using scenarios::NodeOptions;
using scenarios::Operation;
using scenarios::Plan;
using scenarios::PlanPlaces;
using scenarios::PlanStep;
using scenarios::Programs;

}  // namespace caravan::harness

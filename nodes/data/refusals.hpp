// "refuse_act_when" of the history: what an older peer must not do with a row that says more than it knows.
#pragma once

#include <string>

#include "objects/model/object.hpp"

namespace caravan::nodes {

/// The refusal of `act` that holds for a peer that knows this version of the object's class (and `manifest`
/// of its children's): the newest version that it would need and why, or null. `act` is engine, run, update
/// or delete.
struct ActRefusal {
  std::string object;  ///< class whose refusal it is
  Version below;
  std::string why;
};
std::optional<ActRefusal> refusal_of(const Object& object, const std::string& act, const Manifest& known);

}  // namespace caravan::nodes

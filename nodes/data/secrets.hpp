// Who gets to see a secret (the contracts' `secret` paths): clients none but those that REST shows, an api
// none that it has nothing to do with.
#pragma once

#include <string>

#include "objects/catalog/catalog.hpp"

namespace caravan::nodes {

/// Takes them out of what a client is answered with: the data of an object of that class, its children's too.
void hide_secrets(const Catalog& catalog, const std::string& name, Json& data);

/// Unsets, in a primitive or a list of them, the secret fields of classes that no method of the engine is
/// about: an api only looks after their rows.
void withhold_secrets(const Catalog& catalog, Json& primitives);

}  // namespace caravan::nodes

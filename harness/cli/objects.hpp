// What the commands `caravan objects ...` share: which catalog is meant, which object of it, text that fits
// 80 columns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/cli/commands.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::harness {

/// The built-in catalog, or the one of --catalog: a folder with releases.json, its files, a caravan-catalog/1
/// document, a catalog of the recorded vectors or FILE#ID of a file of vectors. Inherited fields are filled
/// in for reading; `as_written` leaves them to the registry.
Catalog catalog_at(const std::vector<std::string>& paths);
Catalog with_inherited_fields(Catalog catalog);

/// Names of the catalog's objects, in its order.
std::vector<std::string> object_names(const Catalog& catalog);
/// Registered versions of an object, oldest first.
std::vector<Version> versions_of(const Catalog& catalog, const std::string& object);
/// Releases whose manifest has this version of the object, oldest first.
std::vector<std::string> releases_with(const Catalog& catalog, const std::string& object,
                                       const Version& version);

/// What a word names: an object of the catalog, alone or at one version.
struct ObjectVersion {
  std::string name;
  std::optional<Version> version;  ///< as given
};
/// "Cluster" or "Cluster@1.4"; throws bad_request with the nearest name or the versions that there are.
ObjectVersion object_version(const Catalog& catalog, const std::string& word, const std::string& command);
const Release& release_named(const Catalog& catalog, const std::string& name, const std::string& option);

/// "kilo to liberty, stein" of names that follow each other in the catalog.
std::string release_span(const Catalog& catalog, const std::vector<std::string>& names);

/// Words filled into lines of at most 80 columns: `first` before the first line, `rest` before the others.
std::string filled(const std::string& text, const std::string& first, const std::string& rest);
/// The same for a list with commas, whose items are not broken.
std::string filled(const std::vector<std::string>& items, const std::string& first, const std::string& rest);

}  // namespace caravan::harness

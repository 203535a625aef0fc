// The one loader of catalogs: the recorded vectors' catalogs, Caravan's files, and snapshots.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "objects/catalog/catalog.hpp"

namespace caravan {

/// A catalog from one parsed document. `where` is used in errors: "where: /classes/3/fields/0/type: ...".
/// Throws bad_request with the document path, what is wrong and what was probably meant; unknown keys are
/// errors.
Catalog load_catalog(const Json& document, const std::string& where);

/// A catalog recorded from real code, however odd: a rule may name what no class has, a class may be
/// registered again.
Catalog load_recorded_catalog(const Json& document, const std::string& where);

/// Parses text first; syntax errors carry file:line:column. Duplicate keys, invalid UTF-8, more than 200
/// levels of nesting and more than 64 MiB are refused.
Catalog load_catalog_text(std::string_view text, const std::string& where);

/// A folder in Caravan's format: releases.json and one file a class.
Catalog load_catalog_folder(const std::filesystem::path& folder);

/// A file of such a folder, read.
struct NamedText {
  std::string name;   ///< file name without its folder
  std::string where;  ///< for errors
  std::string text;
};
/// The files of such a folder, wherever they come from. Class files alone make a catalog of those classes;
/// its releases are the ones that they name in `versions`.
Catalog load_catalog_files(std::vector<NamedText> files);

/// The Sahara history that is compiled in (objects/sahara/*.json). Parsed once.
const Catalog& sahara_catalog();

}  // namespace caravan

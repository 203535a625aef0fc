// Rows for any table of Sahara: every column set, parents before children, each value telling where it
// belongs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nodes/store/store.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::nodes::test {

struct TableRow {
  std::string table, key;  ///< no key: an association
  Row row;
};

/// One row for each table of the release, children pointing at parents of the same `tag`.
std::vector<TableRow> full_rows(const Catalog& catalog, const std::string& release, const std::string& tag);

/// The classes of a release that have a table, parents first.
std::vector<const ClassSpec*> stored_classes(const Catalog& catalog, const std::string& release);

}  // namespace caravan::nodes::test

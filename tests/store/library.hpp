// A small catalog made by hand: shelves and books over three releases, with every kind of column and of
// change.
#pragma once

#include "objects/catalog/catalog.hpp"

namespace caravan::nodes::test {

/// one: shelves, books, shelf_books. two: `code` goes on as `mark`, `weight` goes, `sturdy` is new and NOT
/// NULL, `name` is wider, `labels` is a new table. three: `colour` is new.
Catalog library_catalog();

}  // namespace caravan::nodes::test

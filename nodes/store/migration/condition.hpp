// What a migration asks of a row, as data: each kind of store reads it in its own way.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/store.hpp"

namespace caravan::nodes {

/// About one column. Values as in Row.
struct Demand {
  enum class Kind {
    equals,         ///< `value`; null is a value
    is_not,         ///< anything but `value`, which is not null; null is
    is_not_column,  ///< anything but what the row has in the column named by `value`
    behind,         ///< text that the database orders behind `value`
    longer          ///< text of more characters than `value`
  };
  Kind kind = Kind::equals;
  std::string column;
  Json value;
};

/// What must hold of a row: all of `all`, and one of `any`.
struct Condition {
  std::vector<Demand> all;
  std::vector<Demand> any;  ///< at least one of these, too, unless there are none
};

/// For stores without SQL: `row` has all columns that are named.
bool holds(const Condition& condition, const Row& row);

}  // namespace caravan::nodes

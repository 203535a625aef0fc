#include "nodes/store/store.hpp"

namespace caravan::nodes {

const char* name(StoreError::Kind kind) {
  switch (kind) {
    case StoreError::Kind::duplicate:
      return "duplicate";
    case StoreError::Kind::constraint:
      return "constraint";
    case StoreError::Kind::too_long:
      return "too_long";
    case StoreError::Kind::not_null:
      return "not_null";
    case StoreError::Kind::reference:
      return "reference";
    case StoreError::Kind::busy:
      return "busy";
    case StoreError::Kind::locked:
      return "locked";
    case StoreError::Kind::unknown_column:
      return "unknown_column";
    case StoreError::Kind::gone:
      return "gone";
    case StoreError::Kind::disk:
      return "disk";
    case StoreError::Kind::machine:
      return "machine";
  }
  return "machine";
}

}  // namespace caravan::nodes

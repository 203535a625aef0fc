#include "nodes/core/store_refusal.hpp"

namespace caravan::nodes {

bool is_busy(const StoreError& error) {
  return error.kind == StoreError::Kind::busy || error.kind == StoreError::Kind::locked;
}

Json error_of(const StoreError& error) {
  const bool disk = error.kind == StoreError::Kind::disk;
  return {{"type", is_busy(error) ? "DatabaseBusy"
                   : disk         ? "DiskFailed"
                                  : "InternalError"},
          {"message", error.what()},
          {"kwargs", Json::object()}};
}

}  // namespace caravan::nodes

// Rows as a conductor writes them for callers of other releases: what an older one sends is a delta against
// what it was shown, and what it does not know stays as it is.
#pragma once

#include <memory>
#include <string>

#include "nodes/core/node.hpp"
#include "nodes/data/life_cycle.hpp"
#include "nodes/data/mapping.hpp"

namespace caravan::nodes {

/// An object that a caller sent.
struct Sent {
  const Json& primitive;  ///< as it came
  Object object;          ///< brought forward to this release
  std::string label;      ///< the version at which it was sent
};

/// Everything happens in the store's open transaction, which the caller commits or rolls back. Throws Refused
/// (DuplicateId, Conflict, NotFound, ObjectActionError), ObjectError for what cannot be read, StoreError.
class SharedRows {
 public:
  /// The mapping must outlive it. `plant`: a planted defect, or empty.
  SharedRows(RowMapping& mapping, std::unique_ptr<const LifeCycle> life_cycle, std::string plant)
      : mapping_(mapping), life_cycle_(std::move(life_cycle)), plant_(std::move(plant)) {}

  /// The primitive must outlive what is returned. Throws ObjectError IncompatibleObjectVersion if it is newer
  /// than this release.
  Sent receive(const Json& primitive) const;
  /// Without bringing it forward.
  Object read_object(const Json& primitive, bool forward) const;

  /// Inserts the object and its children. What was filled in, in the caller's terms.
  Json create(const Sent& sent, Instant now);
  /// Writes what the caller changed of `stored`, the row as it is. False if there was nothing to write.
  bool save(const Sent& sent, const Object& stored, Instant now);

 private:
  void insert(const Object& object, const Json& sent, Instant now);

  RowMapping& mapping_;
  std::unique_ptr<const LifeCycle> life_cycle_;
  std::string plant_;
};

}  // namespace caravan::nodes

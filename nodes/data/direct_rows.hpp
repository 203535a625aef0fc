// Direct access: a process of Sahara opens the database itself and sees it as the classes of its own release
// say. No versions, no conversions; a write names the fields that were set and nothing is compared.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/core/node.hpp"
#include "nodes/data/mapping.hpp"

namespace caravan {

class Direct {
 public:
  Direct(std::shared_ptr<const Registry> registry, Store& store);

  // Each is one transaction, committed when it returns. Throws RemoteError: NotFound, DuplicateId, Conflict
  // (unique or foreign key), DatabaseBusy, DBError for whatever else the database refuses.
  Object get(const std::string& name, const std::string& id);
  std::vector<Object> list(const std::string& name, const Json& where);
  /// Sets the field without marking it changed.
  void load(const Object& object, const std::string& field);
  void create(const Object& object, Instant now);
  /// The fields that changed, each as a whole. `Deleting` is absorbing: a later Cluster.status is not
  /// written.
  void save(const Object& object, Instant now);
  void destroy(const Object& object, Instant now);

  const std::shared_ptr<const Registry>& registry() const { return rows_.registry(); }

 private:
  void transaction(bool reading, const std::function<void()>& work);
  void insert(const Object& object, Instant now);
  void make_anew(const Object& object, Instant now);
  Row columns_of(const Object& object, const FieldSpec& field);

  RowMapping rows_;
};

/// The classes as SQLAlchemy has them: a column's value is read whatever it is. Closed sets and what may be
/// missing are for REST to check, and for the database.
std::shared_ptr<const Registry> unchecked_registry(Catalog snapshot);

}  // namespace caravan

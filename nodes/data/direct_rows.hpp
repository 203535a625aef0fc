// The data by this process's own statements: a process of Sahara opens the database itself and sees it as the
// classes of its own release say. No versions, no conversions; a write names the fields that were set and
// nothing is compared. Only the id of an object travels; the receiver reads the row.
#pragma once

#include <functional>
#include <memory>

#include "nodes/data/direct_writes.hpp"
#include "nodes/data/mapping.hpp"
#include "nodes/data/rows.hpp"

namespace caravan::nodes {

/// Each operation is one transaction, begun and committed in its own turn; what the database gives up is
/// tried again. OperationError: NotFound, DuplicateId, Conflict (unique or foreign key), DatabaseBusy,
/// DiskFailed, DBError for whatever else the database refuses.
class DirectRows : public Rows {
 public:
  /// Exchange and store must outlive it; the registry is the exchange's.
  DirectRows(Exchange& exchange, Store& store, std::unique_ptr<const DirectWrites> writes);

  Task<Object> get(const Work& work, std::string name, std::string id) override;
  Task<std::optional<Object>> find(const Work& work, std::string name, std::string id) override;
  Task<std::vector<Object>> list(const Work& work, std::string name, Json where) override;
  Task<void> create(const Work& work, Object object) override;
  /// Each field as a whole, and what the project's DirectWrites say.
  Task<void> save(const Work& work, Object object) override;
  Task<void> remove(const Work& work, Object object) override;
  Task<void> load(const Work& work, Object object, std::string field) override;

  std::string argument(const std::string& name) const override { return id_argument(name); }
  Json about(const std::string& name, const Object& object) const override {
    return {{argument(name), object.get("id")}};
  }
  Task<Object> receive(const Work& work, RpcArg argument, Json args) override;

 private:
  enum class Kind { reads, writes };
  Task<void> transact(Kind kind, std::function<void()> statements);
  void transaction(Kind kind, const std::function<void()>& statements);
  void insert(const Object& object);
  void update(const Object& object);
  void make_anew(const Object& object);
  Row columns_of(const Object& object, const FieldSpec& field);

  RowMapping rows_;
  std::unique_ptr<const DirectWrites> writes_;
};

/// The classes as SQLAlchemy has them: a column's value is read whatever it is. Closed sets and what may be
/// missing are for REST to check, and for the database.
std::shared_ptr<const Registry> unchecked_registry(Catalog snapshot);

}  // namespace caravan::nodes

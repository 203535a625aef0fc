// Objects to rows and back. Nobody else knows a column.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nodes/core/refused.hpp"
#include "nodes/store/store.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes {

/// How often a transaction is tried that the database gives up for another one's sake.
constexpr int busy_attempts = 3;

/// Whose columns: a conductor serves writers of two releases (both columns of a rename, NULL read as what
/// absence means); a process with direct access names its own release's columns in every statement, and NULL
/// is NULL.
enum class View { shared, own };

/// To be thrown: there is no row `id` of the class.
Refused not_found(const std::string& name, const std::string& id);

/// Works in the store's transaction, which the caller commits. Throws StoreError as the store does, and
/// Refused for what a caller is to be told; then the caller rolls back. The store must outlive it.
class RowMapping {
 public:
  RowMapping(std::shared_ptr<const Registry> registry, Store& store, View view = View::shared)
      : registry_(std::move(registry)), store_(store), view_(view) {}

  /// The row as an object of this release, eager children included. Throws Refused NotFound; with View::own
  /// StoreError unknown_column.
  Object read(const std::string& name, const std::string& id);
  Object from_row(const std::string& name, Row row, bool with_children);
  /// From now on what is read is written back migrated, in the transaction that reads it.
  void migrate_on_read() { migrating_ = true; }
  /// Planted: lists compare columns alone, so that NULL equals nothing.
  void list_as_sql() { lists_as_sql_ = true; }
  /// Value of a deferred field in wire form: text, or the primitives of a child list.
  Json load(const std::string& name, const std::string& id, const std::string& field);
  /// Those whose fields equal all of `where`, in the order of their making, without children. With
  /// View::shared a row without a value has what absence means, and a field is known by its former name too.
  std::vector<Object> list(const std::string& name, const Json& where);

  /// Columns that hold a field: two while a rename is under way and an older writer may live.
  Row columns(const ClassSpec& spec, const FieldSpec& field, const Json& wire);
  void insert(const ClassSpec& spec, const Row& row);
  void update(const ClassSpec& spec, const std::string& id, const Row& row);
  /// Replaces the rows of an association (Job.mains, Job.libs).
  void associate(const ClassHistory& history, const std::string& field, const std::string& id,
                 const std::vector<Object>& items);
  void remove(const ClassSpec& spec, const std::string& id);

  /// Where a to-many field's items hang: column of the child, or an association table.
  struct Link {
    std::string child, table, parent_column, child_column;
    bool association = false;
  };
  Link link(const ClassHistory& history, const std::string& field) const;

  /// What it works with. `spec` (the newest version) and `history` throw Refused UnsupportedObjectError for a
  /// class that this release does not know.
  Store& store() { return store_; }
  const std::shared_ptr<const Registry>& registry() const { return registry_; }
  const ClassSpec& spec(const std::string& name) const;
  const ClassHistory& history(const std::string& name) const;

 private:
  std::vector<Object> items(const ClassHistory& history, const std::string& field, const std::string& id);
  const FieldSpec& field_to_list_by(const ClassSpec& spec, const std::string& called) const;
  bool compared_by_value(const ClassSpec& spec, const FieldSpec& field) const;
  std::string truth_column(const ClassSpec& spec, const FieldSpec& field);
  void name_columns(const ClassSpec& spec);
  Row stamped(const ClassSpec& spec, Row row);
  void migrate(const ClassSpec& spec, Row& row);
  [[noreturn]] void refuse(const StoreError& error, const std::string& table) const;

  std::shared_ptr<const Registry> registry_;
  Store& store_;
  View view_;
  bool migrating_ = false;
  bool lists_as_sql_ = false;
};

}  // namespace caravan::nodes

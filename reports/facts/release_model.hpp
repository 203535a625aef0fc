// The releases of a run as the judge knows them: unplanted snapshots, and each object's fields with their
// contracts under every name they ever had.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"

namespace caravan::reports {

/// One field of an object through all its versions.
struct FieldHistory {
  const Contract* contract = nullptr;
  const FieldSpec* spec = nullptr;                  ///< newest version that has it
  std::string child;                                ///< to-many: class of the items
  std::string child_column;                         ///< to-many: column of the child that points here
  std::string link_table, link_parent, link_child;  ///< many-to-many: association table and its columns
  bool is_children() const { return !child.empty(); }
};

/// One object through all versions up to the newest release in play. Points into the ReleaseModel.
struct ObjectHistory {
  std::string name, table;
  const ClassHistory* history = nullptr;
  const ClassSpec* newest = nullptr;
  std::vector<FieldHistory> fields;
  std::vector<std::string> versions;  ///< oldest first

  /// The field that has this name at this version; null if there is none.
  const FieldHistory* field(const std::string& name_there, const Version& version) const;
  /// The field that is stored in this column (the older name of a rename is the same field).
  const FieldHistory* by_column(const std::string& column) const;
  const FieldHistory* by_name(const std::string& newest_name) const;

  const Conduct& conduct() const { return history->conduct; }  ///< what nodes do with its rows
  const LifeSpec* life() const { return history->life(); }     ///< null: it has no life cycle
  /// The field that holds the status; null if there is no life cycle.
  const FieldHistory* status_field() const { return life() ? by_name(life()->field) : nullptr; }
};

/// Owns the snapshots; all pointers that it gives hold as long as it lives. Null always says that there is
/// none.
class ReleaseModel {
 public:
  /// Throws Error (bad_request) for catalogs that cannot be used.
  explicit ReleaseModel(const Json& header);
  explicit ReleaseModel(std::map<std::string, Catalog> snapshots);
  ReleaseModel(const ReleaseModel&) = delete;
  ReleaseModel& operator=(const ReleaseModel&) = delete;

  /// The catalog as a release in play has it, and that release; null if it is not in play.
  const Catalog* snapshot(const std::string& release) const;
  const Release* release(const std::string& name) const;
  /// Releases in play, oldest first.
  const std::vector<std::string>& releases() const { return order_; }
  int age(const std::string& release) const;  ///< position in releases(), -1 if unknown
  const Catalog& newest() const { return *newest_; }
  const std::string& prefix() const { return newest_->serial_namespace; }

  /// By its name, and by the table of its rows; null if there is none.
  const ObjectHistory* object(const std::string& name) const;
  const ObjectHistory* object_of(const std::string& table) const;
  const std::vector<ObjectHistory>& objects() const { return objects_; }
  /// Null if its rows have no life cycle.
  const LifeSpec* life(const std::string& object) const { return newest_->life(object); }
  /// The version of an object that a release speaks; null if it does not know it.
  const Version* version(const std::string& release, const std::string& object) const;
  const ClassSpec* spec(const std::string& object, const Version& version) const;
  /// Versions of the object that some release in play speaks, at most `version`; newest first.
  std::vector<Version> spoken(const std::string& object, const Version& version) const;

 private:
  void index();

  std::map<std::string, Catalog> snapshots_;
  std::vector<std::string> order_;
  const Catalog* newest_ = nullptr;
  std::vector<ObjectHistory> objects_;
  std::map<std::string, std::size_t> by_name_, by_table_;
};

}  // namespace caravan::reports

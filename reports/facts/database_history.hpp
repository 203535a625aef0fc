// The rows as the database's own triggers saw them change, with every value each field ever had. The memory
// of the judge; nodes' words have no part in it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/facts/evidence.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan::reports {

/// Where nodes of conductor access say what they are and what they speak.
inline const std::string services_table = "caravan_services";

/// Columns that the store keeps for itself: instants, and the row stamp (docs/objects.md).
bool is_stores_own(const std::string& column);

/// A value that a column took on.
struct Point {
  Event event = 0;
  const Json* value = nullptr;  ///< as stored
};

/// All lives of one key of a table: a row that was deleted and inserted again is the same one.
struct RowHistory {
  std::string table, key;
  const ObjectHistory* object = nullptr;       ///< null: an association table or an unknown one
  std::vector<std::pair<Event, Event>> lives;  ///< [insert, delete), never empty; without an insert from the
                                               ///< first change that was told
  std::map<std::string, std::vector<Point>> columns;
  std::vector<Event> events;  ///< of its changes, ascending, without doubles

  /// Whether the row was there: at that event; at some event of [from, to]; missing at some event of it.
  bool alive(Event at) const;
  bool alive_within(Event from, Event to) const;
  bool gone_within(Event from, Event to) const;
};

/// What a change was stamped with (docs/run-file.md).
struct ChangeStamp {
  std::int64_t transaction = 0;  ///< equal for all changes that were committed together, and for no others
  std::string writer;            ///< an incarnation or a tool
  std::string cause;             ///< id of a message, or words
  int message = -1;              ///< the cause's index among all messages; -1: it is none of them
};

struct RowChange {  ///< one `change` event
  Event event = 0;
  const Json* json = nullptr;
  RowHistory* row = nullptr;
  std::string action, column;
  bool first_of_action = false;      ///< first column of this insert or delete
  std::optional<ChangeStamp> stamp;  ///< none: whoever wrote it did not say
};

/// Both references must outlive this, which owns the rows: pointers to them hold as long as it lives.
class DatabaseHistory {
 public:
  DatabaseHistory(const Evidence& evidence, const ReleaseModel& releases);
  DatabaseHistory(const DatabaseHistory&) = delete;
  DatabaseHistory& operator=(const DatabaseHistory&) = delete;

  /// Null if no trigger ever told of a row with this key.
  const RowHistory* row(const std::string& table, const std::string& key) const;
  const RowHistory* row(const ObjectHistory& object, const std::string& key) const {
    return row(object.table, key);
  }
  const std::map<std::pair<std::string, std::string>, RowHistory>& rows() const { return rows_; }
  const std::vector<RowChange>& changes() const { return changes_; }

  /// As stored, before conversion; null if the column has no value then.
  const Json& stored(const RowHistory& row, const std::string& column, Event at) const;
  /// Whether the table has the column then.
  bool has_column(const std::string& table, const std::string& column, Event at) const;
  /// table.column, all of them.
  std::set<std::string> columns_at(Event at) const;
  /// The column that holds the truth of the field: the older one of a rename as long as the table has it.
  const std::string& truth_column(const ObjectHistory& object, const FieldHistory& field, Event at) const;
  /// The other column of a rename, if the table has both; else empty.
  std::string mirror_column(const ObjectHistory& object, const FieldHistory& field, Event at) const;
  /// The field's value then, in wire form at the newest version.
  Json value(const RowHistory& row, const FieldHistory& field, Event at) const;
  /// Stored column value of the field, as a reading.
  Json as_reading(const FieldHistory& field, const Json& stored) const;
  /// Events of [from, to] at which the field's value may have become another one; `from` is the first.
  std::vector<Event> moments(const RowHistory& row, const FieldHistory& field, Event from, Event to) const;
  /// The same for the whole row with all its children.
  std::vector<Event> moments(const RowHistory& row, Event from, Event to) const;

  /// Rows of a to-many field at that moment: the children themselves.
  std::vector<const RowHistory*> children(const RowHistory& row, const FieldHistory& field, Event at) const;
  /// Rows that ever had this value in this column.
  const std::vector<const RowHistory*>& ever(const std::string& table, const std::string& column,
                                             const std::string& value) const;

 private:
  struct Schema {
    Event from = 0;
    std::set<std::string> columns;
  };
  const Schema* schema(const std::string& table, Event at) const;
  void see(const Evidence& evidence, const Json& event, Event n);
  void collect_moments(const RowHistory& row, Event from, Event to, int depth, std::vector<Event>& out) const;

  const ReleaseModel& releases_;
  std::map<std::pair<std::string, std::string>, RowHistory> rows_;
  std::vector<RowChange> changes_;
  std::map<std::string, std::vector<Schema>> schemas_;
  std::map<std::pair<std::string, std::string>, Event>
      mentioned_;                                          ///< table, column -> last change of it so far
  std::map<std::string, std::set<std::string>> pointing_;  ///< table -> columns worth an index
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const RowHistory*>> ever_;
};

}  // namespace caravan::reports

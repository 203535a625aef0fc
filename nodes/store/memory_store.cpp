#include "nodes/store/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/memory_tables.hpp"
#include "nodes/store/services.hpp"
#include "nodes/store/values.hpp"
#include "objects/nearest.hpp"

namespace caravan {

struct MemoryContents {
  MemoryContents(const std::string& made_for, Schema schema) : release(made_for), tables(std::move(schema)) {
    for (const TableDef& table : tables.schema()) {
      for (const ColumnDef& column : table.columns) columns[table.name].push_back(column.name);
    }
  }

  std::string release;
  MemoryTables tables;
  std::vector<Change> changes;
  std::map<std::string, std::vector<std::string>> columns;
  const Store* writer = nullptr;
  long long rows_without_key = 0;
};

namespace {

using ErrorKind = StoreError::Kind;

const ColumnDef* memory_key(const TableDef& table) {
  for (const ColumnDef& column : table.columns) {
    if (column.primary_key) return &column;
  }
  return nullptr;
}

// As a database would give it back.
Json kept(const ColumnDef& column, const Json& value) {
  if (value.is_null()) return value;
  const Kind kind = kind_of(column.sql);
  if (kind == Kind::real) return value.get<double>();
  if (kind == Kind::integer) return value.get<std::int64_t>();
  return value;
}

class MemoryStore : public Store {
 public:
  MemoryStore(std::shared_ptr<MemoryContents> contents, bool witness)
      : contents_(std::move(contents)), witness_(witness) {}
  ~MemoryStore() override { close(); }

  void begin_read() override {
    if (witness_ || state_ != State::none) return;
    state_ = State::reading;
    version_ = contents_->tables.hold();
  }

  std::optional<Row> get(const std::string& table, const std::string& key) override {
    enter();
    const TableDef& known = known_table(table);
    key_of(known);
    const RowPointer row = contents_->tables.row(table, key, version());
    return row ? std::make_optional(*row) : std::nullopt;
  }

  std::vector<Row> list(const std::string& table, const Row& where) override {
    enter();
    const TableDef& known = known_table(table);
    const Row wanted = checked(known, where);
    std::vector<Row> found;
    for (const auto& entry : rows(table)) {
      if (matches(*entry.second, wanted)) found.push_back(*entry.second);
    }
    if (known.column("created_at")) {
      std::stable_sort(found.begin(), found.end(), [](const Row& a, const Row& b) {
        return a.at("created_at") < b.at("created_at");  // null comes first
      });
    }
    return found;
  }

  void insert(const std::string& table, const Row& row) override {
    enter_write();
    const TableDef& known = known_table(table);
    Row full;
    for (const ColumnDef& column : known.columns) full[column.name] = nullptr;
    for (const auto& entry : checked(known, row)) full[entry.first] = entry.second;
    const ColumnDef* key = memory_key(known);
    check_columns(known, full);
    const std::string id =
        key ? full.at(key->name).get<std::string>() : fmt::format("{:020}", ++contents_->rows_without_key);
    if (rows(table).count(id) != 0)
      throw StoreError(ErrorKind::duplicate, table + "." + key->name + ": a row with this key exists");
    check_unique(known, full, id);
    check_references(known, full);
    put(table, id, std::move(full));
  }

  void update(const std::string& table, const std::string& key, const Row& columns) override {
    enter_write();
    const TableDef& known = known_table(table);
    const std::string& id = key_of(known).name;
    const Row named = checked(known, columns);
    const auto given = named.find(id);
    if (given != named.end() && given->second != Json(key))
      throw StoreError(ErrorKind::constraint, table + "." + id + ": the key of a row cannot change");
    const RowPointer before = contents_->tables.row(table, key, version());
    if (!before) gone(table);
    Row after = *before;
    for (const auto& entry : named) after[entry.first] = entry.second;
    check_columns(known, after);
    check_unique(known, after, key);
    check_references(known, after);
    put(table, key, std::move(after));
  }

  void remove(const std::string& table, const std::string& key) override {
    enter_write();
    key_of(known_table(table));
    if (rows(table).count(key) == 0) gone(table);
    erase(known_table(table), {key});
  }

  void remove_where(const std::string& table, const Row& where) override {
    enter_write();
    const TableDef& known = known_table(table);
    if (where.empty())
      throw StoreError(ErrorKind::constraint, table + ": remove_where needs at least one column");
    const Row wanted = checked(known, where);
    std::vector<std::string> keys;
    for (const auto& entry : rows(table)) {
      if (matches(*entry.second, wanted)) keys.push_back(entry.first);
    }
    erase(known, keys);
  }

  void commit() override {
    if (state_ == State::writing) {
      for (const RowWrite& write : contents_->tables.commit()) record(write);
    }
    close();
  }
  void rollback() override { close(); }

  const std::vector<std::string>& columns(const std::string& table) override {
    static const std::vector<std::string> no_such_table;
    const auto found = contents_->columns.find(table);
    return found == contents_->columns.end() ? no_such_table : found->second;
  }
  std::vector<std::string> tables() override {
    std::vector<std::string> names;
    for (const auto& entry : contents_->columns) {
      if (entry.first.compare(0, 8, "caravan_") != 0) names.push_back(entry.first);
    }
    return names;
  }
  SchemaStage stage() override {
    SchemaStage made;
    made.release = contents_->release;
    return made;
  }
  std::vector<Change> changes_after(std::int64_t sequence) override {
    const auto first = std::min<std::int64_t>(std::max<std::int64_t>(sequence, 0),
                                              static_cast<std::int64_t>(contents_->changes.size()));
    return {contents_->changes.begin() + first, contents_->changes.end()};
  }

 private:
  enum class State { none, reading, writing };

  /// What was not committed is undone.
  void close() {
    if (state_ == State::writing) {
      contents_->tables.undo_to(contents_->tables.committed());
      contents_->writer = nullptr;
    }
    if (state_ == State::reading) contents_->tables.release(version_);
    state_ = State::none;
  }

  void enter() {
    if (witness_ || state_ != State::none) return;
    if (contents_->writer)
      throw StoreError(ErrorKind::locked, "the database is locked: another writer is at work");
    contents_->writer = this;
    state_ = State::writing;
  }
  void enter_write() {
    if (witness_)
      throw StoreError(ErrorKind::machine, "a witness only looks: this database is open for reading");
    if (state_ == State::reading)
      throw StoreError(ErrorKind::machine, "a write in a transaction that was begun for reading");
    enter();
  }

  MemoryTables::Version version() const {
    if (state_ == State::reading) return version_;
    return state_ == State::writing ? contents_->tables.now() : contents_->tables.committed();
  }
  const RowsByKey& rows(const std::string& table) const { return contents_->tables.rows(table, version()); }
  void put(const std::string& table, const std::string& key, Row row) {
    contents_->tables.put(table, key, std::make_shared<const Row>(std::move(row)));
  }

  const TableDef& known_table(const std::string& table) const {
    if (const TableDef* found = find_table(contents_->tables.schema(), table)) return *found;
    std::vector<std::string> known;
    for (const TableDef& each : contents_->tables.schema()) known.push_back(each.name);
    throw StoreError(ErrorKind::unknown_column,
                     fmt::format("no table \"{}\" in this schema; {}", table, did_you_mean(table, known)));
  }
  static const ColumnDef& key_of(const TableDef& table) {
    if (const ColumnDef* key = memory_key(table)) return *key;
    throw StoreError(ErrorKind::unknown_column, table.name + " has no key: use list and remove_where");
  }

  Row checked(const TableDef& table, const Row& row) const {
    Row good;
    for (const auto& entry : row) {
      const ColumnDef* column = table.column(entry.first);
      if (!column) {
        throw StoreError(ErrorKind::unknown_column,
                         fmt::format("{} has no column \"{}\"; {}", table.name, entry.first,
                                     did_you_mean(entry.first, contents_->columns.at(table.name))));
      }
      check_value(column->sql, entry.second, table.name + "." + column->name);
      good[entry.first] = kept(*column, entry.second);
    }
    return good;
  }
  static void check_columns(const TableDef& table, const Row& row) {
    for (const ColumnDef& column : table.columns) {
      const Json& value = row.at(column.name);
      const std::string where = table.name + "." + column.name;
      if (value.is_null() && !column.nullable)
        throw StoreError(ErrorKind::not_null, where + ": must not be NULL");
      if (column.length && value.is_string() &&
          characters(value.get_ref<const std::string&>()) > static_cast<std::size_t>(*column.length)) {
        throw StoreError(ErrorKind::too_long,
                         fmt::format("{}: longer than {} characters", where, *column.length));
      }
    }
  }
  void check_unique(const TableDef& table, const Row& row, const std::string& id) const {
    for (const auto& unique : table.unique) {
      std::string names;
      Row same;
      bool null = false;
      for (const std::string& column : unique) {
        names += (names.empty() ? "" : ", ") + table.name + "." + column;
        same[column] = row.at(column);
        null = null || row.at(column).is_null();
      }
      if (null) continue;
      for (const auto& entry : rows(table.name)) {
        if (entry.first != id && matches(*entry.second, same))
          throw StoreError(ErrorKind::constraint, names + ": another row has the same value");
      }
    }
  }
  void check_references(const TableDef& table, const Row& row) const {
    for (const ColumnDef& column : table.columns) {
      const Json& value = row.at(column.name);
      if (!column.references || value.is_null()) continue;
      if (!holds(column.references->first, column.references->second, value)) {
        throw StoreError(ErrorKind::reference, fmt::format("{}.{}: no such row in {}", table.name,
                                                           column.name, column.references->first));
      }
    }
  }
  bool holds(const std::string& table, const std::string& column, const Json& value) const {
    const auto& all = rows(table);
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& entry) { return entry.second->at(column) == value; });
  }

  void erase(const TableDef& table, const std::vector<std::string>& keys) {
    const MemoryTables::Version before = contents_->tables.now();
    std::vector<RowPointer> removed;
    for (const std::string& key : keys) {
      removed.push_back(contents_->tables.row(table.name, key, before));
      contents_->tables.put(table.name, key, nullptr);
    }
    for (const TableDef& child : contents_->tables.schema()) {
      for (const ColumnDef& column : child.columns) {
        if (!column.references || column.references->first != table.name) continue;
        for (const RowPointer& row : removed) {
          if (!holds(child.name, column.name, row->at(column.references->second))) continue;
          contents_->tables.undo_to(before);
          throw StoreError(ErrorKind::reference,
                           fmt::format("{}: still named by {}.{}", table.name, child.name, column.name));
        }
      }
    }
  }

  static bool matches(const Row& row, const Row& wanted) {
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const auto& entry) { return row.at(entry.first) == entry.second; });
  }
  [[noreturn]] static void gone(const std::string& table) {
    throw StoreError(ErrorKind::gone, table + ": no row with this key");
  }

  // As the triggers of a database would.
  void record(const RowWrite& write) {
    const TableDef& table = *find_table(contents_->tables.schema(), write.table);
    const std::string key = witnessed_key(table, write.before ? *write.before : *write.after);
    for (const ColumnDef& column : table.columns) {
      Change change;
      change.action = !write.before ? "insert" : !write.after ? "delete" : "update";
      if (write.before) change.old_value = write.before->at(column.name);
      if (write.after) change.new_value = write.after->at(column.name);
      if (change.action == "update" && change.old_value == change.new_value) continue;
      change.sequence = static_cast<std::int64_t>(contents_->changes.size()) + 1;
      change.table = table.name;
      change.key = key;
      change.column = column.name;
      contents_->changes.push_back(std::move(change));
    }
  }
  static std::string witnessed_key(const TableDef& table, const Row& row) {
    if (const ColumnDef* key = memory_key(table)) return row.at(key->name).get<std::string>();
    std::string joined;
    for (const ColumnDef& each : table.columns) {
      const Json& value = row.at(each.name);
      joined += &each == &table.columns.front() ? "" : "/";
      if (!value.is_null()) joined += value.is_string() ? value.get<std::string>() : value.dump();
    }
    return joined;
  }

  std::shared_ptr<MemoryContents> contents_;
  bool witness_;
  State state_ = State::none;
  MemoryTables::Version version_ = 0;  ///< of who reads
};

}  // namespace

static Schema whole_schema(const Catalog& catalog, const std::string& release) {
  Schema schema = release_schema(catalog, release);
  schema.push_back(services_table());
  return schema;
}

MemoryDatabase::MemoryDatabase(const Catalog& catalog, const std::string& release)
    : contents_(std::make_shared<MemoryContents>(release, whole_schema(catalog, release))) {}

MemoryDatabase::~MemoryDatabase() = default;

std::unique_ptr<Store> MemoryDatabase::open() { return std::make_unique<MemoryStore>(contents_, false); }
std::unique_ptr<Store> MemoryDatabase::open_witness() {
  return std::make_unique<MemoryStore>(contents_, true);
}

}  // namespace caravan

#include "nodes/store/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/constraints.hpp"
#include "nodes/store/memory_tables.hpp"
#include "nodes/store/services.hpp"
#include "nodes/store/values.hpp"

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

// As a database would give it back.
Json kept(const ColumnDef& column, const Json& value) {
  if (value.is_null()) return value;
  const Kind kind = kind_of(column.sql);
  if (kind == Kind::real) return value.get<double>();
  if (kind == Kind::integer) return value.get<std::int64_t>();
  return value;
}

class MemoryStore : public Store, private RowLookup {
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
    const TableDef& known = known_table(schema(), table);
    key_column(known);
    const RowPointer row = contents_->tables.row(table, key, version());
    return row ? std::make_optional(*row) : std::nullopt;
  }

  std::vector<Row> list(const std::string& table, const Row& where) override {
    enter();
    const TableDef& known = known_table(schema(), table);
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
    const TableDef& known = known_table(schema(), table);
    Row whole = whole_row(known, checked(known, row));
    check_row(schema(), known, whole, nullptr, *this);
    const ColumnDef* key = primary_key(known);
    const std::string id =
        key ? whole.at(key->name).get<std::string>() : fmt::format("{:020}", ++contents_->rows_without_key);
    put(table, id, std::move(whole));
  }

  void update(const std::string& table, const std::string& key, const Row& columns) override {
    enter_write();
    const TableDef& known = known_table(schema(), table);
    check_key_stays(known, key, columns);
    const Row named = checked(known, columns);
    const RowPointer before = contents_->tables.row(table, key, version());
    if (!before) gone(table);
    Row after = *before;
    for (const auto& entry : named) after[entry.first] = entry.second;
    check_row(schema(), known, after, &key, *this);
    put(table, key, std::move(after));
  }

  void remove(const std::string& table, const std::string& key) override {
    enter_write();
    key_column(known_table(schema(), table));
    if (rows(table).count(key) == 0) gone(table);
    erase(known_table(schema(), table), {key});
  }

  void remove_where(const std::string& table, const Row& where) override {
    enter_write();
    const TableDef& known = known_table(schema(), table);
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
  const Schema& schema() const { return contents_->tables.schema(); }
  const RowsByKey& rows(const std::string& table) const { return contents_->tables.rows(table, version()); }
  void put(const std::string& table, const std::string& key, Row row) {
    contents_->tables.put(table, key, std::make_shared<const Row>(std::move(row)));
  }

  Row checked(const TableDef& table, const Row& row) const {
    Row good;
    for (const auto& entry : row) {
      const ColumnDef& column = known_column(table, entry.first);
      check_value(column.sql, entry.second, table.name + "." + column.name);
      good[entry.first] = kept(column, entry.second);
    }
    return good;
  }

  bool any(const TableDef& table, const Row& where, const std::string* besides) override {
    const ColumnDef* key = primary_key(table);
    if (key && !besides && where.size() == 1 && where.begin()->first == key->name) {
      return contents_->tables.row(table.name, where.begin()->second.get<std::string>(), version()) !=
             nullptr;
    }
    const RowsByKey& all = rows(table.name);
    return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
      return (!besides || entry.first != *besides) && matches(*entry.second, where);
    });
  }

  void erase(const TableDef& table, const std::vector<std::string>& keys) {
    const MemoryTables::Version before = contents_->tables.now();
    std::vector<Row> removed;
    for (const std::string& key : keys) {
      removed.push_back(*contents_->tables.row(table.name, key, before));
      contents_->tables.put(table.name, key, nullptr);
    }
    try {
      check_unreferenced(schema(), table, removed, *this);
    } catch (const StoreError&) {
      contents_->tables.undo_to(before);
      throw;
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
    const TableDef& table = *find_table(schema(), write.table);
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
    if (const ColumnDef* key = primary_key(table)) return row.at(key->name).get<std::string>();
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

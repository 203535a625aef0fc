#include "nodes/store/memory/store.hpp"

#include <algorithm>
#include <utility>

#include "nodes/store/memory/contents.hpp"
#include "nodes/store/memory/writer.hpp"
#include "nodes/store/services.hpp"

namespace caravan::nodes {
namespace {

using ErrorKind = StoreError::Kind;

class MemoryStore : public Store {
 public:
  MemoryStore(std::shared_ptr<MemoryContents> contents, bool witness)
      : contents_(std::move(contents)), witness_(witness) {}
  ~MemoryStore() override { close(); }

  void work_on(const std::string& writer, const std::string& cause) override {
    stamp_.writer = writer;
    stamp_.cause = cause;
  }

  void begin_read() override {
    if (witness_ || state_ != State::none) return;
    look();
    state_ = State::reading;
    version_ = tables_->hold();
  }

  std::optional<Row> get(const std::string& table, const std::string& key) override {
    enter();
    const TableDef& def = known(table);
    key_column(def);
    const RowPointer row = tables_->row(table, key, version());
    return row ? std::make_optional(*row) : std::nullopt;
  }

  std::vector<Row> list(const std::string& table, const Row& where) override {
    enter();
    const TableDef& def = known(table);
    const Row wanted = kept_columns(def, where);
    std::vector<Row> found;
    for (const auto& entry : rows(table)) {
      if (has_values(*entry.second, wanted)) found.push_back(*entry.second);
    }
    if (def.column("created_at")) {
      std::stable_sort(found.begin(), found.end(), [](const Row& a, const Row& b) {
        return a.at("created_at") < b.at("created_at");  // null comes first
      });
    }
    return found;
  }

  void insert(const std::string& table, const Row& row) override {
    enter_write();
    const TableDef& def = known(table);
    MemoryWriter(*tables_).insert(def, row);
  }

  void update(const std::string& table, const std::string& key, const Row& columns) override {
    enter_write();
    MemoryWriter(*tables_).update(known(table), key, columns);
  }

  void remove(const std::string& table, const std::string& key) override {
    enter_write();
    const TableDef& def = known(table);
    key_column(def);
    if (!tables_->row(table, key, version()))
      throw StoreError(ErrorKind::gone, table + ": no row with this key");
    MemoryWriter(*tables_).erase(def, {key});
  }

  void remove_where(const std::string& table, const Row& where) override {
    enter_write();
    const TableDef& def = known(table);
    if (where.empty())
      throw StoreError(ErrorKind::constraint, table + ": remove_where needs at least one column");
    const Row wanted = kept_columns(def, where);
    std::vector<std::string> keys;
    for (const auto& entry : rows(table)) {
      if (has_values(*entry.second, wanted)) keys.push_back(entry.first);
    }
    MemoryWriter(*tables_).erase(def, keys);
  }

  void commit() override {
    if (state_ == State::writing) contents_->commit(tables_, schema_state_, stamp_);
    close();
  }
  void rollback() override { close(); }

  const std::vector<std::string>& columns(const std::string& table) override {
    if (state_ == State::none) look();
    return tables_->columns(table);
  }
  std::vector<std::string> tables() override {
    if (state_ == State::none) look();
    std::vector<std::string> names;
    for (const TableDef& table : tables_->schema()) {
      if (table.name.rfind("caravan_", 0) != 0) names.push_back(table.name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  SchemaStage stage() override {
    enter();
    return stage_of(schema_state_);
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
      tables_->undo_to(tables_->committed());
      contents_->unlock();
    }
    if (state_ == State::reading) tables_->release(version_);
    state_ = State::none;
  }

  void look() {
    tables_ = contents_->tables;
    schema_state_ = contents_->state;
  }

  void enter() {
    if (state_ != State::none) return;
    if (!witness_) {
      contents_->lock(this);
      state_ = State::writing;
      ++stamp_.transaction;
    }
    look();
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
    return state_ == State::writing ? tables_->now() : tables_->committed();
  }
  const TableDef& known(const std::string& table) const { return known_table(tables_->schema(), table); }
  const RowsByKey& rows(const std::string& table) const { return tables_->rows(table, version()); }

  std::shared_ptr<MemoryContents> contents_;
  bool witness_;
  Stamp stamp_;
  State state_ = State::none;
  // As they were when the transaction began, or when they were last looked at.
  std::shared_ptr<MemoryTables> tables_;
  SchemaState schema_state_;
  MemoryTables::Version version_ = 0;  // of who reads
};

}  // namespace

static Schema whole_schema(const Catalog& catalog, const std::string& release) {
  Schema schema = release_schema(catalog, release);
  schema.push_back(services_table());
  return schema;
}

MemoryDatabase::MemoryDatabase(const Catalog& catalog, const std::string& release)
    : contents_(std::make_shared<MemoryContents>(whole_schema(catalog, release),
                                                 SchemaState{release, "", "", "created", 1, ""})) {}

MemoryDatabase::~MemoryDatabase() = default;

std::unique_ptr<Store> MemoryDatabase::connect(int) {
  return std::make_unique<MemoryStore>(contents_, false);
}
std::unique_ptr<Store> MemoryDatabase::witness() { return std::make_unique<MemoryStore>(contents_, true); }

}  // namespace caravan::nodes

// Store over one connection to a database: rows in, rows out, one transaction at a time.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/constraints.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "nodes/store/sql/schema_state.hpp"
#include "nodes/store/sql/session.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

using ErrorKind = StoreError::Kind;

class SqlStore : public Store, private RowLookup {
 public:
  SqlStore(const DatabaseUrl& url, SqlSession::Mode mode)
      : session_(url, mode),
        lock_timeout_(session_.lock_timeout()),
        witness_(mode == SqlSession::Mode::witness) {
    load_schema_of_stranger();
  }

  ~SqlStore() override { session_.rollback(); }

  void work_on(const std::string& writer, const std::string& cause) override {
    session_.work_on(writer, cause);
  }

  void begin_read() override {
    if (!witness_ && state_ == State::none) begin(State::reading);
  }

  std::optional<Row> get(const std::string& table, const std::string& key) override {
    enter();
    const TableDef& known = known_table(schema_, table);
    std::vector<Row> rows =
        select(known, fmt::format(" where {} = :p0", identifier(key_column(known).name)), {text_cell(key)});
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  std::vector<Row> list(const std::string& table, const Row& where) override {
    enter();
    const TableDef& known = known_table(schema_, table);
    std::vector<Cell> in;
    const std::string tail = condition(known, where, in) + session_.dialect().ordered(known);
    return select(known, tail, std::move(in));
  }

  void insert(const std::string& table, const Row& row) override {
    enter_write();
    const TableDef& known = known_table(schema_, table);
    std::string columns, values;
    std::vector<Cell> in;
    for (const auto& entry : row) {
      const ColumnDef& column = known_column(known, entry.first);
      values += (values.empty() ? "" : ", ") + parameter(column, in);
      columns += (columns.empty() ? "" : ", ") + identifier(column.name);
      in.push_back(cell(known, column, entry.second));
    }
    const std::string what =
        row.empty() ? session_.dialect().no_values() : fmt::format(" ({}) values ({})", columns, values);
    try {
      session_.attempt("insert into " + identifier(table) + what, std::move(in));
    } catch (const StoreError& error) {
      explain(error, known, whole_row(known, row), nullptr);
    }
  }

  void update(const std::string& table, const std::string& key, const Row& columns) override {
    enter_write();
    const TableDef& known = known_table(schema_, table);
    const std::string id = identifier(key_column(known).name);
    check_key_stays(known, key, columns);
    std::string set;
    std::vector<Cell> in;
    for (const auto& entry : columns) {
      const ColumnDef& column = known_column(known, entry.first);
      set += (set.empty() ? "" : ", ") + identifier(column.name) + " = " + parameter(column, in);
      in.push_back(cell(known, column, entry.second));
    }
    if (set.empty()) set = fmt::format("{0} = {0}", id);  // nothing to change, but the row must be there
    const std::string where = fmt::format(" where {} = :p{}", id, in.size());
    in.push_back(text_cell(key));
    long long changed = 0;
    try {
      changed = session_.attempt("update " + identifier(table) + " set " + set + where, std::move(in));
    } catch (const StoreError& error) {
      if (!row_explains(error)) throw;
      std::optional<Row> row = get(table, key);
      if (!row) gone(table);  // PostgreSQL looks at the length of a value before it looks for the row
      for (const auto& entry : columns) (*row)[entry.first] = entry.second;
      explain(error, known, *row, &key);
    }
    // MariaDB counts a row that had these values already as none.
    if (changed == 0 && !get(table, key)) gone(table);
  }

  void remove(const std::string& table, const std::string& key) override {
    enter_write();
    const TableDef& known = known_table(schema_, table);
    const Row where = {{key_column(known).name, key}};
    if (erase(known, where) == 0) gone(table);
  }

  void remove_where(const std::string& table, const Row& where) override {
    enter_write();
    const TableDef& known = known_table(schema_, table);
    if (where.empty())
      throw StoreError(ErrorKind::constraint, table + ": remove_where needs at least one column");
    erase(known, where);
  }

  void commit() override {
    if (state_ == State::none) return;
    state_ = State::none;
    session_.commit();
  }

  void rollback() override {
    state_ = State::none;
    session_.rollback();
  }

  const std::vector<std::string>& columns(const std::string& table) override {
    static const std::vector<std::string> no_such_table;
    if (state_ == State::none) refresh(read_generation(session_));
    const auto found = names_.find(table);
    return found == names_.end() ? no_such_table : found->second;
  }

  std::vector<std::string> tables() override {
    if (state_ == State::none) refresh(read_generation(session_));
    std::vector<std::string> names;
    for (const auto& entry : names_) {
      if (entry.first.compare(0, 8, "caravan_") != 0) names.push_back(entry.first);
    }
    return names;
  }

  SchemaStage stage() override {
    enter();
    return stage_of(read_state(session_));
  }

  std::vector<Change> changes_after(std::int64_t sequence) override {
    // This connection would see its own changes, which are not committed; another one does not.
    if (state_ != State::writing) return committed_changes(session_, sequence);
    if (!observer_) observer_ = std::make_unique<SqlSession>(session_.url(), SqlSession::Mode::witness);
    return committed_changes(*observer_, sequence);
  }

 private:
  enum class State { none, reading, writing };

  static Json change_value(Kind kind, const Cell& text, const Cell& real) {
    if (text.state == soci::i_null) return nullptr;
    switch (kind) {
      case Kind::boolean:
        return text.text != "0";
      case Kind::integer:
        return std::stoll(text.text);
      case Kind::real:
        return real.real;
      default:
        return text.text;
    }
  }

  static std::vector<Change> committed_changes(SqlSession& session, std::int64_t sequence) {
    // Each value is asked for in the form that keeps it: SQLite's text of a number would lose digits.
    const auto real = [&](const char* value) {
      return fmt::format("case type when 'real' then cast({} as {}) end", value,
                         session.dialect().real_type());
    };
    std::vector<Cell> out(11);
    out[0].kind = Kind::integer;
    out[8].kind = out[9].kind = Kind::real;
    std::vector<Change> changes;
    session.run(
        fmt::format("select sequence, action, \"table\", \"key\", \"column\", type, old, new, {}, {}, stamp "
                    "from caravan_changes where sequence > :p0 order by sequence",
                    real("old"), real("new")),
        {integer_cell(sequence)}, out, [&] {
          const Kind kind = kind_of_change(out[5].text);
          changes.push_back({out[0].integer, out[1].text, out[2].text, out[3].text, out[4].text,
                             change_value(kind, out[6], out[8]), change_value(kind, out[7], out[9]),
                             out[10].state == soci::i_null ? Stamp() : stamp_from(out[10].text)});
        });
    return changes;
  }

  void begin(State state) {
    const long long now = state == State::writing ? begin_write() : session_.begin_read();
    state_ = state;
    try {
      refresh(now);
    } catch (...) {
      rollback();
      throw;
    }
  }

  // A lock that stood for a whole lock timeout is not waited for again: whoever comes next would be late for
  // it, one after the other.
  long long begin_write() {
    try {
      session_.set_lock_timeout(locked_ ? std::min(brief_wait, lock_timeout_) : lock_timeout_);
      const long long now = session_.begin_write();
      locked_ = false;
      return now;
    } catch (const StoreError& error) {
      locked_ = error.kind == ErrorKind::locked;
      throw;
    }
  }

  // What runs first in a transaction; the witness stays outside of any and sees each commit.
  void enter() {
    if (witness_) return refresh(read_generation(session_));
    if (state_ == State::none) begin(State::writing);
  }

  void enter_write() {
    if (witness_)
      throw StoreError(ErrorKind::machine, "a witness only looks: this database is open for reading");
    if (state_ == State::reading) {
      throw StoreError(ErrorKind::machine, "a write in a transaction that was begun for reading");
    }
    enter();
  }

  // Migrations run in other processes: each one raises the generation.
  void refresh(long long now) {
    if (now == generation_) return;
    load_schema();
    generation_ = now;
  }

  void load_schema() {
    session_.forget_statements();
    schema_ = session_.dialect().read_tables(session_);
    constraints_known_ = false;
    names_.clear();
    for (const TableDef& table : schema_) {
      for (const ColumnDef& column : table.columns) names_[table.name].push_back(column.name);
    }
  }

  // The first look at a database that may be anything.
  void load_schema_of_stranger() {
    try {
      refresh(read_generation(session_));
    } catch (const StoreError& error) {
      const bool foreign = error.kind == ErrorKind::unknown_column;
      throw machine_failed(session_.url().shown(),
                           foreign ? "is a database, but Caravan did not make it" : error.what(),
                           foreign ? "its table caravan_schema is missing" : "");
    }
  }

  static Cell cell(const TableDef& table, const ColumnDef& column, const Json& value) {
    return cell_of(column.sql, value, table.name + "." + column.name);
  }

  // The next one's name is the number of those that are there.
  std::string parameter(const ColumnDef& column, const std::vector<Cell>& in) const {
    return session_.dialect().written(column, fmt::format(":p{}", in.size()));
  }

  // NULL is a value, too.
  std::string condition(const TableDef& table, const Row& where, std::vector<Cell>& in) const {
    std::string text;
    for (const auto& entry : where) {
      const ColumnDef& column = known_column(table, entry.first);
      text += (text.empty() ? " where " : " and ") + identifier(column.name);
      if (entry.second.is_null()) {
        text += " is null";
      } else {
        text += " = " + parameter(column, in);
        in.push_back(cell(table, column, entry.second));
      }
    }
    return text;
  }

  std::vector<Row> select(const TableDef& table, const std::string& tail, std::vector<Cell> in) {
    std::string columns;
    std::vector<Cell> out(table.columns.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      columns += (columns.empty() ? "" : ", ") + session_.dialect().read(table.columns[i]);
      out[i].kind = kind_of(table.columns[i].sql);
    }
    std::vector<Row> rows;
    session_.run("select " + columns + " from " + identifier(table.name) + tail, std::move(in), out, [&] {
      Row row;
      for (std::size_t i = 0; i < out.size(); ++i) row.emplace(table.columns[i].name, value_of(out[i]));
      rows.push_back(std::move(row));
    });
    return rows;
  }

  long long erase(const TableDef& table, const Row& where) {
    std::vector<Cell> in;
    const std::string tail = condition(table, where, in);
    try {
      return session_.attempt("delete from " + identifier(table.name) + tail, std::move(in));
    } catch (const StoreError& error) {
      if (error.kind == ErrorKind::reference) {
        std::vector<Cell> again;
        const std::string whose = condition(table, where, again);
        const std::vector<Row> named = select(table, whose, std::move(again));
        check_unreferenced(constrained_schema(), table, named, *this);
      }
      throw;
    }
  }

  [[noreturn]] static void gone(const std::string& table) {
    throw StoreError(ErrorKind::gone, table + ": no row with this key");
  }

  bool any(const TableDef& table, const Row& where, const std::string* besides) override {
    std::vector<Cell> in;
    std::string test = condition(table, where, in);
    if (besides) {
      test += fmt::format(" and {} <> :p{}", identifier(key_column(table).name), in.size());
      in.push_back(text_cell(*besides));
    }
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    bool found = false;
    session_.run("select 1 from " + identifier(table.name) + test + " limit 1", std::move(in), out,
                 [&] { found = true; });
    return found;
  }

  const Schema& constrained_schema() {
    if (!constraints_known_) session_.dialect().read_constraints(session_, schema_);
    constraints_known_ = true;
    return schema_;
  }

  static bool row_explains(const StoreError& error) {
    switch (error.kind) {
      case ErrorKind::too_long:
      case ErrorKind::not_null:
      case ErrorKind::duplicate:
      case ErrorKind::constraint:
      case ErrorKind::reference:
        return true;
      default:
        return false;
    }
  }

  // No database names everything of what it refuses: of broken references neither key nor column, of a text
  // too long not the column. The row says it.
  [[noreturn]] void explain(const StoreError& error, const TableDef& table, const Row& row,
                            const std::string* key) {
    if (row_explains(error)) check_row(constrained_schema(), table, row, key, *this);
    throw error;
  }

  static constexpr int brief_wait = 20;  // milliseconds

  SqlSession session_;
  const int lock_timeout_;
  bool locked_ = false;
  bool witness_;
  State state_ = State::none;
  std::unique_ptr<SqlSession> observer_;
  long long generation_ = -1;
  bool constraints_known_ = false;
  Schema schema_;
  std::map<std::string, std::vector<std::string>> names_;
};

}  // namespace

std::unique_ptr<Store> open_store(const std::string& url, int lock_timeout) {
  DatabaseUrl parsed = parse_database_url(url);
  if (!parsed.busy_timeout) parsed.busy_timeout = lock_timeout;
  return std::make_unique<SqlStore>(parsed, SqlSession::Mode::write);
}

std::unique_ptr<Store> open_witness(const std::string& url) {
  return std::make_unique<SqlStore>(parse_database_url(url), SqlSession::Mode::witness);
}

}  // namespace caravan::nodes

// Store over one SQLite connection: rows in, rows out, one transaction at a time.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/sqlite_ddl.hpp"
#include "nodes/store/sqlite_session.hpp"
#include "objects/error.hpp"
#include "objects/nearest.hpp"

namespace caravan {
namespace {

using ErrorKind = StoreError::Kind;

class SqliteStore : public Store {
 public:
  SqliteStore(const std::string& url, SqliteSession::Mode mode)
      : session_(parse_sqlite_url(url), mode), witness_(mode == SqliteSession::Mode::witness) {
    load_schema_of_stranger();
  }

  ~SqliteStore() override {
    try {
      rollback();
    } catch (const StoreError&) {
      // Closing the connection rolls back as well.
    }
  }

  void begin_read() override {
    if (!witness_ && state_ == State::none) begin("begin", State::reading);
  }

  std::optional<Row> get(const std::string& table, const std::string& key) override {
    enter();
    const TableDef& known = known_table(table);
    std::vector<Row> rows =
        select(known, fmt::format(" where {} = :p0", identifier(key_column(known))), {text_cell(key)});
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  std::vector<Row> list(const std::string& table, const Row& where) override {
    enter();
    const TableDef& known = known_table(table);
    std::vector<Cell> in;
    std::string tail = condition(known, where, in) + " order by ";
    if (known.column("created_at")) tail += "\"created_at\", ";
    const auto key = primary_key(known);
    return select(known, tail + (key ? identifier(*key) : "rowid"), std::move(in));
  }

  void insert(const std::string& table, const Row& row) override {
    enter_write();
    const TableDef& known = known_table(table);
    std::string columns, values;
    std::vector<Cell> in;
    for (const auto& entry : row) {
      const ColumnDef& column = known_column(known, entry.first);
      values += fmt::format("{}:p{}", values.empty() ? "" : ", ", in.size());
      columns += (columns.empty() ? "" : ", ") + identifier(column.name);
      in.push_back(cell(known, column, entry.second));
    }
    const std::string what =
        row.empty() ? " default values" : fmt::format(" ({}) values ({})", columns, values);
    try {
      session_.run("insert into " + identifier(table) + what, std::move(in));
    } catch (const StoreError& error) {
      explain(error, known, row, true);
    }
  }

  void update(const std::string& table, const std::string& key, const Row& columns) override {
    enter_write();
    const TableDef& known = known_table(table);
    const std::string id = key_column(known);
    std::string set;
    std::vector<Cell> in;
    for (const auto& entry : columns) {
      const ColumnDef& column = known_column(known, entry.first);
      if (column.primary_key && entry.second != Json(key)) {
        throw StoreError(ErrorKind::constraint, table + "." + id + ": the key of a row cannot change");
      }
      set += fmt::format("{}{} = :p{}", set.empty() ? "" : ", ", identifier(column.name), in.size());
      in.push_back(cell(known, column, entry.second));
    }
    if (set.empty())
      set = fmt::format("{0} = {0}", identifier(id));  // nothing to change, but the row must be there
    const std::string where = fmt::format(" where {} = :p{}", identifier(id), in.size());
    in.push_back(text_cell(key));
    try {
      if (session_.run("update " + identifier(table) + " set " + set + where, std::move(in)) == 0)
        gone(table);
    } catch (const StoreError& error) {
      explain(error, known, columns, false);
    }
  }

  void remove(const std::string& table, const std::string& key) override {
    enter_write();
    const TableDef& known = known_table(table);
    const Row where = {{key_column(known), key}};
    if (erase(known, where) == 0) gone(table);
  }

  void remove_where(const std::string& table, const Row& where) override {
    enter_write();
    const TableDef& known = known_table(table);
    if (where.empty())
      throw StoreError(ErrorKind::constraint, table + ": remove_where needs at least one column");
    erase(known, where);
  }

  void commit() override {
    if (state_ == State::none) return;
    try {
      session_.run("commit");
    } catch (const StoreError&) {
      rollback();
      throw;
    }
    state_ = State::none;
  }

  void rollback() override {
    if (state_ == State::none) return;
    state_ = State::none;
    if (session_.in_transaction()) session_.run("rollback");
  }

  const std::vector<std::string>& columns(const std::string& table) override {
    static const std::vector<std::string> no_such_table;
    if (state_ == State::none) refresh();
    const auto found = names_.find(table);
    return found == names_.end() ? no_such_table : found->second;
  }

  std::vector<std::string> tables() override {
    if (state_ == State::none) refresh();
    std::vector<std::string> names;
    for (const auto& entry : names_) names.push_back(entry.first);
    return names;
  }

  std::vector<Change> changes_after(std::int64_t sequence) override {
    // This connection's own changes are not committed while its transaction is open, and nobody else writes
    // then.
    const std::string committed =
        state_ == State::writing ? fmt::format(" and sequence <= {}", last_committed_) : "";
    std::vector<Cell> in(1);
    in[0].kind = Kind::integer;
    in[0].integer = sequence;
    in[0].state = soci::i_ok;
    // Each value is asked for in the form that keeps it: text of a REAL would lose digits.
    std::vector<Cell> out(10);
    out[0].kind = Kind::integer;
    out[8].kind = out[9].kind = Kind::real;
    std::vector<Change> changes;
    session_.run(
        "select sequence, action, \"table\", \"key\", \"column\", type, old, new, "
        "case type when 'real' then old end, case type when 'real' then new end "
        "from caravan_changes where sequence > :p0" +
            committed + " order by sequence",
        std::move(in), out, [&] {
          const Kind kind = kind_of_change(out[5].text);
          changes.push_back({out[0].integer, out[1].text, out[2].text, out[3].text, out[4].text,
                             change_value(kind, out[6], out[8]), change_value(kind, out[7], out[9])});
        });
    return changes;
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

  void begin(const char* statement, State state) {
    session_.run(statement);
    state_ = state;
    try {
      refresh();
      if (state == State::writing) last_committed_ = last_sequence();
    } catch (...) {
      rollback();
      throw;
    }
  }

  // What runs first in a transaction; the witness stays outside of any and sees each commit.
  void enter() {
    if (witness_) return refresh();
    if (state_ == State::none) begin("begin immediate", State::writing);
  }

  void enter_write() {
    if (witness_)
      throw StoreError(ErrorKind::machine, "a witness only looks: this database is open for reading");
    if (state_ == State::reading) {
      throw StoreError(ErrorKind::machine, "a write in a transaction that was begun for reading");
    }
    enter();
  }

  long long last_sequence() {
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    session_.run("select coalesce(max(sequence), 0) from caravan_changes", {}, out, [] {});
    return out[0].integer;
  }

  // Migrations run in other processes: each one raises the generation.
  void refresh() {
    const long long now = read_state(session_).generation;
    if (now == generation_) return;
    load_schema();
    generation_ = now;
  }

  void load_schema() {
    schema_.clear();
    names_.clear();
    std::vector<Cell> out(4);
    out[3].kind = Kind::integer;
    session_.run(
        "select t.name, c.name, c.type, c.pk from sqlite_master t, pragma_table_info(t.name) c "
        "where t.type = 'table' and t.name not like 'caravan\\_%' escape '\\' "
        "and t.name not like 'sqlite\\_%' escape '\\' order by t.name, c.cid",
        {}, out, [&] {
          if (schema_.empty() || schema_.back().name != out[0].text) {
            schema_.emplace_back();
            schema_.back().name = out[0].text;
          }
          ColumnDef column;
          column.name = out[1].text;
          column.sql = out[2].text;
          column.primary_key = out[3].integer != 0;
          schema_.back().columns.push_back(std::move(column));
          names_[out[0].text].push_back(out[1].text);
        });
  }

  // The first look at a file that may be anything.
  void load_schema_of_stranger() {
    try {
      refresh();
    } catch (const StoreError& error) {
      const std::string cause = error.what();
      const bool foreign = cause.find("no such table") != std::string::npos;
      throw machine_failed(session_.url().path,
                           foreign ? "is a database, but Caravan did not make it" : cause,
                           foreign ? "its table caravan_schema is missing" : "");
    }
  }

  const TableDef& known_table(const std::string& table) const {
    if (const TableDef* found = find_table(schema_, table)) return *found;
    std::vector<std::string> known;
    for (const TableDef& each : schema_) known.push_back(each.name);
    throw StoreError(ErrorKind::unknown_column,
                     hinted("no table \"" + table + "\" in this schema", table, known));
  }

  const ColumnDef& known_column(const TableDef& table, const std::string& column) const {
    if (const ColumnDef* found = table.column(column)) return *found;
    throw StoreError(
        ErrorKind::unknown_column,
        hinted(fmt::format("{} has no column \"{}\"", table.name, column), column, names_.at(table.name)));
  }

  static std::string hinted(const std::string& message, const std::string& word,
                            const std::vector<std::string>& known) {
    const std::string hint = did_you_mean(word, known);
    return hint.empty() ? message : message + "; " + hint;
  }

  static std::optional<std::string> primary_key(const TableDef& table) {
    for (const ColumnDef& column : table.columns) {
      if (column.primary_key) return column.name;
    }
    return std::nullopt;
  }

  static std::string key_column(const TableDef& table) {
    if (const auto key = primary_key(table)) return *key;
    throw StoreError(ErrorKind::unknown_column, table.name + " has no key: use list and remove_where");
  }

  static Cell cell(const TableDef& table, const ColumnDef& column, const Json& value) {
    return cell_of(kind_of(column.sql), column.sql, value, table.name + "." + column.name);
  }

  // `is` compares NULL as a value, too.
  std::string condition(const TableDef& table, const Row& where, std::vector<Cell>& in) const {
    std::string text;
    for (const auto& entry : where) {
      const ColumnDef& column = known_column(table, entry.first);
      text +=
          fmt::format("{}{} is :p{}", text.empty() ? " where " : " and ", identifier(column.name), in.size());
      in.push_back(cell(table, column, entry.second));
    }
    return text;
  }

  std::vector<Row> select(const TableDef& table, const std::string& tail, std::vector<Cell> in) {
    std::string columns;
    std::vector<Cell> out(table.columns.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      columns += (columns.empty() ? "" : ", ") + identifier(table.columns[i].name);
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
      return session_.run("delete from " + identifier(table.name) + tail, std::move(in));
    } catch (const StoreError& error) {
      if (error.kind != ErrorKind::reference) throw;
      throw StoreError(ErrorKind::reference, table.name + ": " + who_refers(table, where));
    }
  }

  [[noreturn]] static void gone(const std::string& table) {
    throw StoreError(ErrorKind::gone, table + ": no row with this key");
  }

  bool exists(const std::string& table, const std::string& column, const std::string& test,
              std::vector<Cell> in) {
    std::vector<Cell> out(1);
    bool found = false;
    session_.run(
        fmt::format("select 1 from {} where {} {} limit 1", identifier(table), identifier(column), test),
        std::move(in), out, [&] { found = true; });
    return found;
  }

  // SQLite names neither key nor column of a broken reference, and of two broken uniques any one.
  [[noreturn]] void explain(const StoreError& error, const TableDef& table, const Row& row, bool inserting) {
    const auto key = primary_key(table);
    if (inserting && error.kind == ErrorKind::constraint && key) {
      const auto id = row.find(*key);
      if (id != row.end() && id->second.is_string() &&
          exists(table.name, *key, "= :p0", {text_cell(id->second.get<std::string>())})) {
        throw StoreError(ErrorKind::duplicate, table.name + "." + *key + ": a row with this key exists");
      }
    }
    if (error.kind == ErrorKind::reference) {
      for (const Reference& reference : references(table.name)) {
        const auto value = row.find(reference.column);
        if (value == row.end() || !value->second.is_string()) continue;
        if (!exists(reference.parent, reference.parent_column, "= :p0",
                    {text_cell(value->second.get<std::string>())})) {
          throw StoreError(ErrorKind::reference, fmt::format("{}.{}: no such row in {}", table.name,
                                                             reference.column, reference.parent));
        }
      }
      throw StoreError(ErrorKind::reference, table.name + ": " + error.what());
    }
    throw error;
  }

  struct Reference {
    std::string column, parent, parent_column;
  };
  std::vector<Reference> references(const std::string& table) {
    std::vector<Cell> out(3);
    std::vector<Reference> found;
    session_.run("select \"from\", \"table\", \"to\" from pragma_foreign_key_list(:p0) order by id",
                 {text_cell(table)}, out, [&] {
                   found.push_back({out[0].text, out[1].text, out[2].text});
                 });
    return found;
  }

  std::string who_refers(const TableDef& table, const Row& where) {
    for (const TableDef& child : schema_) {
      for (const Reference& reference : references(child.name)) {
        if (reference.parent != table.name) continue;
        std::vector<Cell> in;
        const std::string tail = condition(table, where, in);
        if (exists(child.name, reference.column,
                   fmt::format("in (select {} from {}{})", identifier(reference.parent_column),
                               identifier(table.name), tail),
                   std::move(in))) {
          return fmt::format("still named by {}.{}", child.name, reference.column);
        }
      }
    }
    return "another row still names it";
  }

  SqliteSession session_;
  bool witness_;
  State state_ = State::none;
  long long generation_ = -1;
  long long last_committed_ = 0;
  Schema schema_;
  std::map<std::string, std::vector<std::string>> names_;
};

}  // namespace

std::unique_ptr<Store> open_store(const std::string& url) {
  return std::make_unique<SqliteStore>(url, SqliteSession::Mode::write);
}

std::unique_ptr<Store> open_witness(const std::string& url) {
  return std::make_unique<SqliteStore>(url, SqliteSession::Mode::witness);
}

}  // namespace caravan

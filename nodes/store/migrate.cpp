// Creating a release's schema and taking it to another one, each phase in one transaction.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/sqlite_ddl.hpp"
#include "nodes/store/sqlite_session.hpp"
#include "objects/error.hpp"
#include "objects/nearest.hpp"

namespace caravan {
namespace {

/// What a release's own migration does to rows beside renames: 029 is the only one in Sahara's history.
struct DataStep {
  const char* release;
  const char* table;
  const char* set;
  const char* when;
};
constexpr DataStep data_steps[] = {
    {"mitaka", "node_group_templates", "is_protected", "is_default"},
    {"mitaka", "cluster_templates", "is_protected", "is_default"},
};

class PhaseRun {
 public:
  PhaseRun(SqliteSession& session, const Catalog& catalog, const std::string& from, const std::string& to)
      : session_(session),
        catalog_(catalog),
        from_name_(from),
        to_name_(to),
        from_(release_schema(catalog, from)),
        to_(release_schema(catalog, to)) {}

  bool goes_forward() const { return index(from_name_) < index(to_name_); }

  void expand() { rebuild(expanded_schema(from_, to_)); }

  void data() {
    copy_renamed("{after} is null and {before} is not null");
    fill();
    const int first = index(from_name_), last = index(to_name_);
    for (const DataStep& step : data_steps) {
      const int at = index(step.release);
      const TableDef* table = find_table(to_, step.table);
      if (at <= first || at > last || !table || !table->column(step.set) || !table->column(step.when))
        continue;
      session_.run(fmt::format("update {0} set {1} = 1 where {2} = 1 and {1} is not 1",
                               identifier(step.table), identifier(step.set), identifier(step.when)));
    }
  }

  // Until here the old column was the truth: older writers did not know the new one.
  void contract() {
    copy_renamed("{after} is not {before}");
    fill();
    rebuild(to_);
  }

 private:
  int index(const std::string& release) const {
    for (std::size_t i = 0; i < catalog_.releases.size(); ++i) {
      if (catalog_.releases[i].name == release) return static_cast<int>(i);
    }
    return -1;
  }

  void copy_renamed(const std::string& when) {
    for (const Rename& rename : renames(catalog_, from_, to_)) {
      const std::string before = identifier(rename.before), after = identifier(rename.after);
      session_.run(fmt::format("update {} set {} = {} where ", identifier(rename.table), after, before) +
                   fmt::format(fmt::runtime(when), fmt::arg("after", after), fmt::arg("before", before)));
    }
  }

  void fill() {
    for (const Fill& each : fills(catalog_, from_, to_)) {
      const ColumnDef& column = *find_table(to_, each.table)->column(each.column);
      session_.run(fmt::format("update {0} set {1} = :p0 where {1} is null", identifier(each.table),
                               identifier(each.column)),
                   {cell_of(each.kind, column.sql, each.value, each.table + "." + each.column)});
    }
  }

  std::vector<std::pair<std::string, std::string>> existing(const char* type) {
    std::vector<Cell> out(2);
    std::vector<std::pair<std::string, std::string>> found;
    session_.run(
        fmt::format("select name, sql from sqlite_master where type = '{}' and name not like 'sqlite\\_%' "
                    "escape '\\' order by rowid",
                    type),
        {}, out, [&] { found.emplace_back(out[0].text, out[1].text); });
    return found;
  }

  // SQLite cannot widen, tighten or drop in place, so a table whose definition differs is made anew and
  // filled from the old one. Rows that are only moved must not be recorded as changes: triggers go first,
  // come last.
  void rebuild(const Schema& wanted) {
    for (const auto& trigger : existing("trigger")) session_.run("drop trigger " + identifier(trigger.first));
    const auto tables = existing("table");
    for (const auto& table : tables) {
      if (table.first.compare(0, 8, "caravan_") == 0) continue;
      if (!find_table(wanted, table.first)) session_.run("drop table " + identifier(table.first));
    }
    for (const TableDef& table : wanted) {
      const auto old = std::find_if(tables.begin(), tables.end(),
                                    [&](const auto& each) { return each.first == table.name; });
      if (old == tables.end()) {
        session_.run(create_table_text(table, table.name));
      } else if (old->second != create_table_text(table, table.name)) {
        replace(table);
      }
    }
    // Only now: SQLite reads every trigger again at each rename.
    for (const TableDef& table : wanted) {
      for (const std::string& trigger : trigger_texts(table)) session_.run(trigger);
    }
    check_references();
  }

  void replace(const TableDef& table) {
    const std::string aside = "caravan_rebuilt";
    std::string columns;
    std::vector<Cell> out(1);
    session_.run("select name from pragma_table_info(:p0)", {text_cell(table.name)}, out, [&] {
      if (table.column(out[0].text)) columns += (columns.empty() ? "" : ", ") + identifier(out[0].text);
    });
    session_.run(create_table_text(table, aside));
    session_.run(fmt::format("insert into {0} ({1}) select {1} from {2} order by rowid", identifier(aside),
                             columns, identifier(table.name)));
    session_.run("drop table " + identifier(table.name));
    session_.run(fmt::format("alter table {} rename to {}", identifier(aside), identifier(table.name)));
  }

  void check_references() {
    std::vector<Cell> out(2);
    std::string broken;
    session_.run("select \"table\", parent from pragma_foreign_key_check", {}, out,
                 [&] { broken = out[0].text + " names a row that is not in " + out[1].text; });
    if (!broken.empty()) throw StoreError(StoreError::Kind::reference, broken);
  }

  SqliteSession& session_;
  const Catalog& catalog_;
  std::string from_name_, to_name_;
  Schema from_, to_;
};

void require(bool holds, const std::string& where, const std::string& message, const std::string& hint = {}) {
  if (!holds) throw bad_request(where, message, hint);
}

std::string described(const SchemaState& state) {
  if (state.target.empty()) return "the database is at " + state.release;
  return fmt::format("the database is between {} and {} (phase {})", state.release, state.target,
                     state.phase);
}

/// True if the phase is done already and nothing is left to do; throws if it cannot come now.
bool done_before(const SchemaState& state, const std::string& phase, const std::string& from,
                 const std::string& to, const std::string& where) {
  const std::string wanted = fmt::format("{} from {} to {}", phase, from, to);
  const bool under_way = state.release == from && state.target == to;
  const bool contracted = state.target.empty() && state.previous == from && state.release == to;
  if (phase == "contract" && contracted) return true;
  require(!contracted, where, fmt::format("cannot {}: the database is already at {}", wanted, to));
  if (phase == "expand") {
    if (under_way) return true;
    require(state.target.empty(), where, fmt::format("cannot {}: {}", wanted, described(state)),
            "contract first");
    require(state.release == from, where, fmt::format("cannot {}: {}", wanted, described(state)),
            state.release == to ? "there is nothing to migrate" : "");
    return false;
  }
  require(under_way || state.release != from || !state.target.empty(), where,
          fmt::format("cannot {}: it was not expanded; {}", wanted, described(state)),
          "run the phase expand first");
  require(under_way, where, fmt::format("cannot {}: {}", wanted, described(state)));
  return false;
}

void write_state(SqliteSession& session, const SchemaState& state) {
  Cell generation;
  generation.kind = Kind::integer;
  generation.integer = state.generation;
  generation.state = soci::i_ok;
  session.run(
      "insert or replace into caravan_schema (one, release, previous, target, phase, generation) "
      "values (1, :p0, :p1, :p2, :p3, :p4)",
      {text_cell(state.release), text_cell(state.previous), text_cell(state.target), text_cell(state.phase),
       generation});
}

}  // namespace

void create_schema(const std::string& url, const Catalog& catalog, const std::string& release) {
  const Schema schema = release_schema(catalog, release);
  const SqliteUrl parsed = parse_sqlite_url(url);
  SqliteSession session(parsed, SqliteSession::Mode::create);
  try {
    WriteTransaction transaction(session);
    std::vector<Cell> out(1);
    out[0].kind = Kind::integer;
    session.run("select count(*) from sqlite_master", {}, out, [] {});
    require(out[0].integer == 0, parsed.path, "the database is not empty", "a new file was meant");
    for (const std::string& text : bookkeeping_texts()) session.run(text);
    for (const TableDef& table : schema) {
      session.run(create_table_text(table, table.name));
      for (const std::string& trigger : trigger_texts(table)) session.run(trigger);
    }
    write_state(session, {release, "", "", "created", 1});
    transaction.commit();
  } catch (const StoreError& cause) {
    throw machine_failed(parsed.path,
                         fmt::format("cannot create the schema of {}: {}", release, cause.what()));
  }
}

void migrate(const std::string& url, const Catalog& catalog, const std::string& phase,
             const std::string& from, const std::string& to) {
  const SqliteUrl parsed = parse_sqlite_url(url);
  const std::vector<std::string> phases = {"expand", "data", "contract"};
  require(std::find(phases.begin(), phases.end(), phase) != phases.end(), parsed.path,
          fmt::format("no migration phase \"{}\"", phase), did_you_mean(phase, phases));
  SqliteSession session(parsed, SqliteSession::Mode::write, false);
  PhaseRun migration(session, catalog, from, to);
  require(migration.goes_forward(), parsed.path, fmt::format("cannot migrate from {} to {}", from, to),
          "schemas only go forward");
  try {
    WriteTransaction transaction(session);
    SchemaState state = read_state(session);
    if (done_before(state, phase, from, to, parsed.path)) return;
    if (phase == "expand") migration.expand();
    if (phase == "data" || (phase == "contract" && state.phase != "data")) migration.data();
    if (phase == "contract") migration.contract();
    if (phase != "data") ++state.generation;
    if (phase == "contract") {
      state = {to, from, "", phase, state.generation};
    } else {
      state.target = to;
      state.phase = phase;
    }
    write_state(session, state);
    transaction.commit();
  } catch (const StoreError& cause) {
    throw machine_failed(parsed.path,
                         fmt::format("phase {} from {} to {}: {}", phase, from, to, cause.what()));
  }
}

}  // namespace caravan

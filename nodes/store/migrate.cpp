// Taking a database from one release's schema to another one's, each phase in one transaction.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/ddl.hpp"
#include "nodes/store/dialect.hpp"
#include "nodes/store/schema_state.hpp"
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
  PhaseRun(SqlSession& session, const Catalog& catalog, const std::string& from, const std::string& to)
      : session_(session),
        catalog_(catalog),
        from_name_(from),
        to_name_(to),
        from_(release_schema(catalog, from)),
        to_(release_schema(catalog, to)) {}

  bool goes_forward() const { return index(from_name_) < index(to_name_); }

  void expand() { change_schema(session_, from_, expanded_schema(from_, to_)); }

  void data() {
    copy_renamed("{after} is null and {before} is not null");
    fill();
    const int first = index(from_name_), last = index(to_name_);
    for (const DataStep& step : data_steps) {
      const int at = index(step.release);
      const TableDef* table = find_table(to_, step.table);
      if (at <= first || at > last || !table || !table->column(step.set) || !table->column(step.when))
        continue;
      session_.run(fmt::format("update {0} set {1} = :p0 where {2} = :p1 and ({1} is null or {1} = :p2)",
                               identifier(step.table), identifier(step.set), identifier(step.when)),
                   {boolean_cell(true), boolean_cell(true), boolean_cell(false)});
    }
  }

  // Until here the old column was the truth: older writers did not know the new one.
  void contract() {
    copy_renamed(session_.dialect().differs("{after}", "{before}"));
    fill();
    change_schema(session_, expanded_schema(from_, to_), to_);
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
                   {cell_of(column.sql, each.value, each.table + "." + each.column)});
    }
  }

  SqlSession& session_;
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

}  // namespace

void migrate(const std::string& url, const Catalog& catalog, const std::string& phase,
             const std::string& from, const std::string& to) {
  const DatabaseUrl parsed = parse_database_url(url);
  const std::vector<std::string> phases = {"expand", "data", "contract"};
  require(std::find(phases.begin(), phases.end(), phase) != phases.end(), parsed.shown(),
          fmt::format("no migration phase \"{}\"", phase), did_you_mean(phase, phases));
  SqlSession session(parsed, SqlSession::Mode::migrate);
  PhaseRun migration(session, catalog, from, to);
  require(migration.goes_forward(), parsed.shown(), fmt::format("cannot migrate from {} to {}", from, to),
          "schemas only go forward");
  try {
    WriteTransaction transaction(session);
    SchemaState state = read_state(session);
    if (done_before(state, phase, from, to, parsed.shown())) return;
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
    throw machine_failed(parsed.shown(),
                         fmt::format("phase {} from {} to {}: {}", phase, from, to, cause.what()));
  }
}

}  // namespace caravan

#include "nodes/store/migration/migration.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/database.hpp"
#include "nodes/store/migration/plan.hpp"
#include "nodes/store/migration/rows.hpp"
#include "nodes/store/migration/store.hpp"
#include "nodes/store/services.hpp"
#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/nearest.hpp"

namespace caravan::nodes {
namespace {

bool is_row_trouble(StoreError::Kind kind) {
  using K = StoreError::Kind;
  return kind == K::not_null || kind == K::constraint || kind == K::too_long || kind == K::duplicate ||
         kind == K::reference;
}

class PhaseRun {
 public:
  PhaseRun(MigrationStore& store, const MigrationRequest& request)
      : store_(store), request_(request), kill_point_(request.kill_point) {}

  MigrationOutcome run() {
    MigrationTransaction transaction(store_);
    SchemaState state = store_.state();
    if (refuse_order(state) || finished(state)) return std::move(outcome_);
    if (request_.phase == "as-released") {
      store_.rollback();
      as_released();
    } else if (request_.phase == "expand") {
      expand(state);
    } else if (request_.phase == "data") {
      store_.rollback();
      data();
    } else {
      contract(state);
    }
    return std::move(outcome_);
  }

 private:
  std::string wanted() const {
    return request_.phase == "as-released"
               ? fmt::format("migrate as released from {} to {}", request_.from, request_.to)
               : fmt::format("{} from {} to {}", request_.phase, request_.from, request_.to);
  }

  static std::string revision_of(const SchemaState& state) {
    return state.progress.empty() ? ""
                                  : parse_json_strict(state.progress, "caravan_schema").value("revision", "");
  }

  static std::string described(const SchemaState& state) {
    if (state.target.empty()) return "the database is at " + state.release;
    if (state.phase == "as-released") {
      return fmt::format("the database is at revision {}, on its way from {} to {} as released",
                         revision_of(state), state.release, state.target);
    }
    return fmt::format("the database is between {} and {} (phase {})", state.release, state.target,
                       state.phase);
  }

  bool refuse(const std::string& why) {
    outcome_.status = MigrationOutcome::refused_by_gate;
    outcome_.refused = why;
    return true;
  }
  bool refuse_now(const SchemaState& state, const std::string& hint) {
    return refuse(
        fmt::format("cannot {}: {}{}", wanted(), described(state), hint.empty() ? "" : "; " + hint));
  }

  bool contracted(const SchemaState& state) const {
    return state.target.empty() && state.previous == request_.from && state.release == request_.to;
  }

  /// True if the phase cannot come now; throws if the database has nothing to do with the request.
  bool refuse_order(const SchemaState& state) {
    const std::string& phase = request_.phase;
    const bool ours = state.release == request_.from && state.target == request_.to;
    const bool released = state.phase == "as-released";
    if (contracted(state)) {
      if (phase == "contract" || phase == "as-released") return false;
      return refuse(fmt::format("cannot {}: the database is already at {}", wanted(), request_.to));
    }
    if (ours && released && phase != "as-released") return refuse_now(state, "run as-released again");
    if (ours && !released && phase == "as-released") return refuse_now(state, "run the phase contract");
    if (ours) return false;
    if (!state.target.empty()) return refuse_now(state, released ? "finish that first" : "contract first");
    if (state.release != request_.from) {
      throw machine_failed(store_.shown(), fmt::format("cannot {}: {}", wanted(), described(state)),
                           state.release == request_.to ? "there is nothing to migrate" : "");
    }
    if (phase == "expand" || phase == "as-released") return false;
    return refuse(fmt::format("cannot {}: it was not expanded; {}; run the phase expand first", wanted(),
                              described(state)));
  }

  bool finished(const SchemaState& state) const {
    return contracted(state) || (request_.phase == "expand" && state.target == request_.to);
  }

  void expand(SchemaState state) {
    const MigrationPlan plan = plan_migration(request_.catalog, request_.from, request_.to);
    store_.change(plan.before, plan.expanded, {});
    state.target = request_.to;
    state.phase = "expand";
    state.progress.clear();
    finish(state);
  }

  void data() {
    const MigrationPlan plan = plan_migration(request_.catalog, request_.from, request_.to);
    RowWork work(store_, plan, kill_point_);
    work.run(request_.batch, request_.batches);
    report(work.close());
  }

  void report(const RowCount& count) {
    outcome_.done = count.done;
    outcome_.left = count.left;
    outcome_.failed = count.failed;
    outcome_.problems = count.problems;
    if (count.left > count.failed) {
      outcome_.status = MigrationOutcome::more_to_do;
    } else if (count.left > 0) {
      outcome_.status = MigrationOutcome::some_cannot;
    }
  }

  void contract(SchemaState state) {
    if (request_.gate && refuse_for_older()) return;
    const MigrationPlan plan = plan_migration(request_.catalog, request_.from, request_.to);
    RowWork work(store_, plan, kill_point_);
    const RowCount count = work.count(state);
    if (count.left > 0) {
      outcome_.left = count.left;
      outcome_.failed = count.failed;
      outcome_.problems = count.problems;
      refuse(fmt::format("cannot {}: {} left ({}); run the phase data first", wanted(),
                         count.left == 1 ? "1 row is" : fmt::format("{} rows are", count.left), count.where));
      return;
    }
    store_.change(plan.expanded, plan.after, {});
    finish({request_.to, request_.from, "", "contract", state.generation, ""});
  }

  /// What an older node reads and writes must stay, whether it answers at the moment or not.
  bool refuse_for_older() {
    std::string older;
    const auto index = [&](const std::string& name) {
      const Release* release = request_.catalog.release(name);
      return release == nullptr ? -1 : release->index;
    };
    for (const Row& node : store_.first(services_table(), {"id", "release_name"}, {}, {})) {
      const std::string release =
          node.at("release_name").is_null() ? "" : node.at("release_name").get<std::string>();
      if (index(release) < index(request_.to))
        older +=
            fmt::format("{}{} ({})", older.empty() ? "" : ", ", node.at("id").get<std::string>(), release);
    }
    if (older.empty()) return false;
    return refuse(fmt::format("cannot {}: {} may still write what it takes away; upgrade or forget first",
                              wanted(), older));
  }

  void as_released() {
    const auto plans = plan_as_released(request_.catalog, request_.from, request_.to);
    for (;;) {
      MigrationTransaction transaction(store_);
      SchemaState state = store_.state();
      if (refuse_order(state)) return;  // somebody else came in between
      const std::string reached = state.target.empty() ? "" : revision_of(state);
      auto next = std::find_if(plans.begin(), plans.end(),
                               [&](const RevisionPlan& one) { return one.revision == reached; });
      next = next == plans.end() ? plans.begin() : next + 1;
      outcome_.left = contracted(state) ? 0 : plans.end() - next;
      if (outcome_.left == 0) {
        if (!contracted(state)) end_as_released(state);
        return;
      }
      try {
        store_.change(next->before, next->after, next->renames);
        for (const RowStep& step : next->rows) RowWork::assign_all(store_, next->after, step);
      } catch (const StoreError& error) {
        if (!is_row_trouble(error.kind)) throw;
        stuck(*next, reached, error);
        return;
      }
      state.target = request_.to;
      state.phase = "as-released";
      state.progress = Json{{"revision", next->revision}}.dump();
      if (next + 1 == plans.end()) {
        end_as_released(state);
      } else {
        finish(state);
      }
      ++outcome_.done;
    }
  }

  void end_as_released(const SchemaState& state) {
    finish({request_.to, request_.from, "", "as-released", state.generation, ""});
  }

  void stuck(const RevisionPlan& at, const std::string& reached, const StoreError& error) {
    const Release* from = request_.catalog.release(request_.from);
    outcome_.status = MigrationOutcome::some_cannot;
    outcome_.failed = 1;
    outcome_.problems = {fmt::format("revision {}: {}; the database stays at revision {}", at.revision,
                                     error.what(), reached.empty() ? from->database_revision : reached)};
  }

  void finish(SchemaState state) {
    state.generation = store_.state().generation + 1;  // the change of tables may have raised it
    store_.set_state(state);
    kill_point_.reached();
    store_.commit();
  }

  MigrationStore& store_;
  const MigrationRequest& request_;
  KillPoint kill_point_;
  MigrationOutcome outcome_;
};

}  // namespace

static void check_request(const MigrationRequest& request, const std::string& where) {
  const std::vector<std::string> phases = {"expand", "data", "contract", "as-released"};
  if (std::find(phases.begin(), phases.end(), request.phase) == phases.end()) {
    throw bad_request(where, fmt::format("no migration phase \"{}\"", request.phase),
                      did_you_mean(request.phase, phases));
  }
  if (request.batch < 1) throw bad_request("--batch", "a batch has at least one row");
  (void)release_schema(request.catalog, request.from);  // both are releases
  (void)release_schema(request.catalog, request.to);
  if (request.catalog.release(request.from)->index >= request.catalog.release(request.to)->index) {
    throw bad_request(where, fmt::format("cannot migrate from {} to {}", request.from, request.to),
                      "schemas only go forward");
  }
}

MigrationOutcome migrate(MigrationStore& store, const MigrationRequest& request) {
  check_request(request, store.shown());
  store.work_on(request.writer, "migrate " + request.phase);
  try {
    return PhaseRun(store, request).run();
  } catch (const StoreError& cause) {
    throw machine_failed(store.shown(), fmt::format("{} from {} to {}: {}", request.phase, request.from,
                                                    request.to, cause.what()));
  }
}

MigrationOutcome migrate(Database& database, const MigrationRequest& request) {
  check_request(request, database.shown());
  return migrate(*database.migration(), request);
}

Json to_json(const MigrationRequest& request, const MigrationOutcome& outcome) {
  return {{"migration",
           {{"phase", request.phase},
            {"from", request.from},
            {"to", request.to},
            {"status", outcome.status},
            {"done", outcome.done},
            {"left", outcome.left},
            {"failed", outcome.failed},
            {"problems", outcome.problems},
            {"refused", outcome.refused.empty() ? Json() : Json(outcome.refused)}}}};
}

}  // namespace caravan::nodes

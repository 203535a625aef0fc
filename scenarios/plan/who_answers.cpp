#include "scenarios/plan/who_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "objects/base/error.hpp"
#include "objects/vocabulary/roles.hpp"
#include "scenarios/plan/fleet.hpp"

namespace caravan::scenarios {
namespace {

using State = PlannedFleet::State;

class Reading {
 public:
  Reading(const Plan& plan, const Catalog& catalog, const PlanPlaces& places)
      : plan_(plan),
        catalog_(catalog),
        places_(places),
        fleet_(catalog, plan),
        direct_(plan.mode.access == Access::direct) {}

  void all() {
    steps(plan_.steps);
    come_to_rest();
  }

 private:
  struct Strike {
    step::Action action;
    std::string where;
    int at = 0;
    bool killed() const { return std::holds_alternative<step::Kill>(action); }
  };
  /// Work that was cast to engines since all had come to rest.
  struct Cast {
    const Operation* operation;
    std::string where;
    int at;
    bool taken = false;  ///< an engine has it in hand, whoever was asked
  };

  void steps(const std::vector<PlanStep>& all) {
    for (std::size_t i = 0; i < all.size();) {
      // Starts in a row go together: who asks for a conductor among them gets its answer.
      std::size_t end = i;
      while (end < all.size() && starts_alone(all[end]))
        fleet_.at(step::node_of(all[end++].action)).state = State::up;
      for (std::size_t started = i; started < end; ++started) require_admission(all[started]);
      if (end > i)
        i = end;
      else
        step(all[i++]);
    }
  }

  void step(const PlanStep& one) {
    const std::vector<std::string> apis = fleet_.serving(Role::api);
    act(one);
    steps(one.steps);
    for (const Operation& op : one.operations) ask(one, op, apis);
  }

  void act(const PlanStep& one) {
    step::match(
        one.action, [&](const step::Settle&) { come_to_rest(); },
        [&](const step::Wait& wait) { this->wait(one, wait); },
        [&](const step::Start& start) {
          if (start.expect == step::Expect::done) fleet_.at(start.node).state = State::up;
          require_admission(one);
        },
        [&](const step::Reload&) { require_admission(one); },
        [&](const auto& other) {
          using Word = std::decay_t<decltype(other)>;
          if constexpr (step::ActsOnNode<Word>) {
            fleet_.at(other.node).state = Word::effect.after;
            if (Word::effect.after != State::up) struck_[other.node] = {one.action, places_.of(one), ++now_};
          }
        });
  }

  /// A node that is not a conductor joins, and computes its pins, through one.
  void require_admission(const PlanStep& one) const {
    const std::string& node = step::node_of(one.action);
    if (role_spec(fleet_.at(node).role).keeps_database || direct_ || !fleet_.serving(Role::conductor).empty())
      return;
    const bool starts = std::holds_alternative<step::Start>(one.action);
    throw bad_request(
        places_.of(one),
        fmt::format("{} {}: no conductor is serving at this point, and it needs one for {}",
                    step::word(one.action), node, starts ? "admission" : "the service records"),
        fmt::format("{} a conductor before it", fleet_.lives(Role::conductor) ? "resume" : "start"));
  }

  /// `apis`: those that served before what happens during it.
  void ask(const PlanStep& one, const Operation& op, const std::vector<std::string>& apis) {
    const std::string where = places_.of(one, op);
    const bool load = op.purpose == "load";
    if (op.via != name(Role::api) && fleet_.at(op.via).state != State::up &&
        std::find(apis.begin(), apis.end(), op.via) == apis.end())
      throw bad_request(where, fmt::format("{}: {} is not serving at this point", op.purpose, op.via),
                        "start it first, or ask another api");
    if (op.expect == "refused") return;
    if (!direct_ && !fleet_.lives(Role::conductor))
      throw bad_request(where,
                        fmt::format("{}: no conductor is running at this point, and {} without one",
                                    op.purpose, load ? "no api can answer" : op.via + " cannot answer"),
                        load ? "start one first, or leave one running" : "start one first");
    // The api answers first and casts then, to an engine or to all of them.
    const LifeSpec* life = catalog_.life(op.object);
    if (life != nullptr && life->is_cast(op.method)) open_.push_back({&op, where, ++now_});
  }

  void wait(const PlanStep& one, const step::Wait& wait) {
    const auto of_row = [&](const Cast& cast) { return cast.operation->row == wait.row; };
    if (std::any_of(open_.begin(), open_.end(), of_row) && fleet_.serving(Role::engine).empty())
      throw bad_request(
          places_.of(one),
          fmt::format("wait: no engine is serving at this point, so nothing brings {} to {}",
                      places_.name(wait.row, wait.object + " " + wait.row), wait.status),
          fmt::format("{} an engine before it", fleet_.lives(Role::engine) ? "resume" : "start"));
    const ClassHistory* history = catalog_.history(wait.object);
    if (history == nullptr) return;
    const LifeSpec* life = history->life();
    const bool end = life != nullptr && life->rests_in(wait.status);
    const auto over = [&](Cast& cast) {
      if (!of_row(cast) || !history->load.shows_taken_up(cast.operation->method, wait.status)) return false;
      if (end) require_engine(cast);
      cast.taken = true;
      return end;
    };
    open_.erase(std::remove_if(open_.begin(), open_.end(), over), open_.end());
  }

  void come_to_rest() {
    for (const Cast& cast : open_) require_engine(cast);
    open_.clear();
  }

  /// One that may have it lives, and none is held that may.
  void require_engine(const Cast& cast) const {
    bool serves = false;
    std::string last;  // that went, or one that is held
    for (const PlannedFleet::Node& node : fleet_.nodes()) {
      const std::string& asked = cast.taken ? std::string() : cast.operation->engine;
      if (!role_spec(node.role).takes_work || (!asked.empty() && asked != node.name)) continue;
      if (node.state == State::paused) throw held(cast, node.name);
      serves = serves || node.state == State::up;
      const auto strike = struck_.find(node.name);
      if (strike != struck_.end() && (last.empty() || strike->second.at > struck_.at(last).at))
        last = node.name;
    }
    if (serves) return;
    // What dies with an engine is the plan's own doing. Who stops ends what it has in hand, but for runs that
    // are looked after for longer: these it hands on.
    if (cast.taken && !last.empty() && (struck_.at(last).killed() || cast.operation->method != "run")) return;
    throw gone(cast, last);
  }

  Error held(const Cast& cast, const std::string& engine) const {
    const Strike& strike = struck_.at(engine);
    if (strike.at < cast.at)
      return bad_request(
          cast.where,
          fmt::format("{}: {} may take it up, and stays paused from here until everything must be at rest",
                      what(cast), engine),
          fmt::format("resume {} in between", engine));
    return bad_request(cast.where,
                       fmt::format("{}: {} may have it in hand when it is paused ({}), and stays paused from "
                                   "there until everything must be at rest",
                                   what(cast), engine, strike.where),
                       fmt::format("let everything come to rest before that, or resume {} after it", engine));
  }

  Error gone(const Cast& cast, const std::string& last) const {
    const std::string& asked = cast.operation->engine;
    const std::string who = asked.empty() || cast.taken ? "an engine" : asked;
    if (last.empty() || struck_.at(last).at < cast.at)
      return bad_request(
          cast.where,
          fmt::format("{}: {} takes it up, and none runs from here until everything must be at rest",
                      what(cast), who),
          fmt::format("start {} in between", who));
    const Strike& strike = struck_.at(last);
    return bad_request(cast.where,
                       fmt::format("{}: {} may not have finished it when {} {} ({}), and none runs from "
                                   "there until everything must be at rest",
                                   what(cast), who, last == who ? "it" : last,
                                   strike.killed() ? "is killed" : "stops", strike.where),
                       fmt::format("let everything come to rest before that, or start {} after it", who));
  }

  std::string what(const Cast& cast) const {
    const Operation& op = *cast.operation;
    if (op.purpose == "load") return "load";
    return places_.name(op.id, fmt::format("{} {} {}", op.method, op.object, op.row));
  }

  const Plan& plan_;
  const Catalog& catalog_;
  const PlanPlaces& places_;
  PlannedFleet fleet_;
  bool direct_;
  std::map<std::string, Strike> struck_;
  std::vector<Cast> open_;
  int now_ = 0;  ///< counts strikes and casts, for which came first
};

}  // namespace

void require_who_answers(const Plan& plan, const Catalog& catalog, const PlanPlaces& places) {
  Reading(plan, catalog, places).all();
}

}  // namespace caravan::scenarios

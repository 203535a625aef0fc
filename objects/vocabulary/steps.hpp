// What the steps of a plan do. A word is a struct here, with the members that follow it in the text of
// a plan and in the recording; whoever has to do something about each word visits the variant, so that the
// compiler finds every place that a new word needs.
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/vocabulary/words.hpp"

namespace caravan::step {

/// What a migration is to do: one of the phases during which nodes work, or all at once as it was released.
enum class Phase { none, expand, data, contract, as_released };
/// When a crash comes: at once, or in the middle of something.
enum class Moment { at_once, mid_save, mid_create };
/// What the plan assumes, and what it may expect instead.
enum class Expect { done, refused };
enum class NodeState { down, up, paused };

/// What a word does to the node that it names.
struct Effect {
  bool on_down, on_up, on_paused;  ///< the states in which it can be done
  NodeState after;
  const char* why;  ///< unless the plan's author gives a reason

  /// Whether the word can be done to a node in that state.
  bool can_be_done(NodeState state) const {
    return state == NodeState::down ? on_down : state == NodeState::up ? on_up : on_paused;
  }
};
template <class Word>
concept ActsOnNode = requires {
  Word::effect;
};

/// A member of a word: its name in plans and recordings, and where the struct has it.
template <class Step, class Value>
struct Member {
  const char* name;
  Value Step::*at;
};
template <class Step, class Value>
Member(const char*, Value Step::*) -> Member<Step, Value>;  // clang 14 makes none for an aggregate

/// Its sub-steps and operations are all that it does.
struct Group {
  static constexpr const char* word = "group";
  static constexpr std::tuple<> members{};
  bool operator==(const Group&) const = default;
};

/// One phase of the database's way from a release to another. With Expect::refused it must be turned down.
struct Migrate {
  Phase phase{};
  std::string from, to;  ///< releases
  int batch = 0, batches = 0,
      die_in = 0;  ///< data: rows in a batch, how many, which one kills it; 0: not given
  Expect expect{};
  static constexpr const char* word = "migrate";
  static constexpr auto members =
      std::tuple(Member{"phase", &Migrate::phase}, Member{"from", &Migrate::from}, Member{"to", &Migrate::to},
                 Member{"batch", &Migrate::batch}, Member{"batches", &Migrate::batches},
                 Member{"die_in", &Migrate::die_in}, Member{"expect", &Migrate::expect});
  bool operator==(const Migrate&) const = default;
};

/// A new incarnation of the node, at that release. With Expect::refused it must be turned away.
struct Start {
  std::string node, release;
  Expect expect{};
  static constexpr const char* word = "start";
  static constexpr Effect effect{true, false, false, NodeState::up, "a new incarnation"};
  static constexpr auto members = std::tuple(Member{"node", &Start::node}, Member{"release", &Start::release},
                                             Member{"expect", &Start::expect});
  bool operator==(const Start&) const = default;
};

/// The node finishes what it has in hand.
struct Stop {
  std::string node;
  static constexpr const char* word = "stop";
  static constexpr Effect effect{false, true, false, NodeState::down, "finishes what it has in hand"};
  static constexpr auto members = std::tuple(Member{"node", &Stop::node});
  bool operator==(const Stop&) const = default;
};

/// The node dies, at once or in the middle of a save or a create.
struct Kill {
  std::string node;
  Moment when{};
  static constexpr const char* word = "kill";
  static constexpr Effect effect{false, true, true, NodeState::down, "what it had in hand is lost"};
  static constexpr auto members = std::tuple(Member{"node", &Kill::node}, Member{"when", &Kill::when});
  bool operator==(const Kill&) const = default;
};

/// The node is held still, until Resume or Kill.
struct Pause {
  std::string node;
  static constexpr const char* word = "pause";
  static constexpr Effect effect{false, true, false, NodeState::paused, "alive, but answers nothing"};
  static constexpr auto members = std::tuple(Member{"node", &Pause::node});
  bool operator==(const Pause&) const = default;
};

/// Ends a Pause.
struct Resume {
  std::string node;
  static constexpr const char* word = "resume";
  static constexpr Effect effect{false, false, true, NodeState::up, "continues where it was stopped"};
  static constexpr auto members = std::tuple(Member{"node", &Resume::node});
  bool operator==(const Resume&) const = default;
};

/// The node recomputes its pins.
struct Reload {
  std::string node;
  static constexpr const char* word = "reload";
  static constexpr Effect effect{false, true, false, NodeState::up, "recomputes its pins"};
  static constexpr auto members = std::tuple(Member{"node", &Reload::node});
  bool operator==(const Reload&) const = default;
};

/// The service record of a node that is still to come.
struct Announce {
  std::string node, release;
  Expect expect{};
  static constexpr const char* word = "announce";
  static constexpr auto members =
      std::tuple(Member{"node", &Announce::node}, Member{"release", &Announce::release},
                 Member{"expect", &Announce::expect});
  bool operator==(const Announce&) const = default;
};

/// The service record of a node that will not come back is removed.
struct Forget {
  std::string node;
  Expect expect{};
  static constexpr const char* word = "forget";
  static constexpr auto members =
      std::tuple(Member{"node", &Forget::node}, Member{"expect", &Forget::expect});
  bool operator==(const Forget&) const = default;
};

/// Until this row has had this status.
struct Wait {
  std::string object, row, status;
  static constexpr const char* word = "wait";
  static constexpr auto members =
      std::tuple(Member{"object", &Wait::object}, Member{"row", &Wait::row}, Member{"status", &Wait::status});
  bool operator==(const Wait&) const = default;
};

/// Until every cluster and every job run has come to rest.
struct Settle {
  static constexpr const char* word = "settle";
  static constexpr std::tuple<> members{};
  bool operator==(const Settle&) const = default;
};

/// In the order in which people are told of them.
using Action =
    std::variant<Group, Migrate, Start, Stop, Kill, Pause, Resume, Reload, Announce, Forget, Wait, Settle>;

/// "start"
const char* word(const Action& action);
std::vector<std::string> words();
/// With every member not given. None: there is no such word.
std::optional<Action> action_of(const std::string& word);

/// Members of one that it has: `visit(name, value)`, where the value is a text, a number or a closed word.
template <class Action, class Visit>
void each_member(Action&& action, const Visit& visit) {
  std::visit(
      [&](auto&& one) {
        std::apply([&](const auto&... member) { (visit(member.name, one.*member.at), ...); },
                   std::decay_t<decltype(one)>::members);
      },
      std::forward<Action>(action));
}

/// A text member by its name, empty where the word has none: "node" of a Start.
const std::string& text_member(const Action& action, const char* name);
inline const std::string& node_of(const Action& action) { return text_member(action, "node"); }
/// Nothing where the word names no node.
void set_node(Action& action, const std::string& node);
Expect expect_of(const Action& action);
/// Null: it does nothing to a node.
const Effect* effect_of(const Action& action);
/// Words with a member of that name, in alphabetical order.
std::vector<std::string> words_with(const std::string& member);

/// The members that are given, in order, as a recording has them.
void write(const Action& action, Json& out);
/// From a recording's `verb` and members; others are ignored. Throws std::invalid_argument naming the member
/// that does not fit.
Action read(const Json& event);

/// For std::visit by cases: `visit(action, [](const Start&) {...}, [](const auto&) {...})`.
template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class Action, class... Cases>
decltype(auto) match(Action&& action, Cases&&... cases) {
  return std::visit(Match<std::decay_t<Cases>...>{std::forward<Cases>(cases)...},
                    std::forward<Action>(action));
}

}  // namespace caravan::step

namespace caravan {

/// As plans and recordings write them. What is not given is not written.
template <>
struct Words<step::Phase> {
  static constexpr std::pair<step::Phase, const char*> all[] = {{step::Phase::none, ""},
                                                                {step::Phase::expand, "expand"},
                                                                {step::Phase::data, "data"},
                                                                {step::Phase::contract, "contract"},
                                                                {step::Phase::as_released, "as-released"}};
};
template <>
struct Words<step::Moment> {
  static constexpr std::pair<step::Moment, const char*> all[] = {{step::Moment::at_once, ""},
                                                                 {step::Moment::mid_save, "mid-save"},
                                                                 {step::Moment::mid_create, "mid-create"}};
};
/// As refusals say it: "at this point it is running".
template <>
struct Words<step::NodeState> {
  static constexpr std::pair<step::NodeState, const char*> all[] = {{step::NodeState::down, "stopped"},
                                                                    {step::NodeState::up, "running"},
                                                                    {step::NodeState::paused, "paused"}};
};
template <>
struct Words<step::Expect> {
  static constexpr std::pair<step::Expect, const char*> all[] = {{step::Expect::done, ""},
                                                                 {step::Expect::refused, "refused"}};
};

}  // namespace caravan

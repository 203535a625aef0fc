#include "nodes/core/turn.hpp"

#include <utility>

#include "nodes/core/store_refusal.hpp"

namespace caravan::nodes {
namespace {

// Nothing of `output` has happened: timers and log stay, so that the node goes on.
void leave_only_answers(const StoreError& error, const Input& input, Output& output) {
  output.log.push_back(std::string("not committed: ") + error.what());
  std::vector<Envelope> answers;
  for (Envelope& message : output.messages) {
    if (message.kind != Envelope::Kind::reply || message.to != input.message.id) continue;
    message.result = nullptr;
    message.error = error_of(error);
    answers.push_back(std::move(message));
  }
  output.messages = std::move(answers);
  output.wrote = false;
}

void commit(Store& store, const Input& input, Output& output) {
  try {
    store.commit();
  } catch (const StoreError& error) {
    store.rollback();
    leave_only_answers(error, input, output);
  }
}

std::string message_behind(const Input& input) {
  return input.kind == Input::Kind::message ? input.message.id : input.cause;
}

std::string cause_of(const Input& input) {
  if (std::string message = message_behind(input); !message.empty()) return message;
  switch (input.kind) {
    case Input::Kind::start:
      return "start";
    case Input::Kind::timer:
      return "timer";
    case Input::Kind::reload:
      return "reload";
    case Input::Kind::message:
      break;
  }
  return {};
}

// Whatever comes first in a transaction takes the lock.
bool has_lock(Store& store) {
  try {
    store.stage();
    return true;
  } catch (const StoreError&) {
    store.rollback();
    return false;
  }
}

Turn crashed(Store* store, const std::string& why) {
  if (store != nullptr) store->rollback();
  Turn turn;
  turn.then = Turn::Then::crash;
  turn.why = why;
  return turn;
}

}  // namespace

Turn take_turn(const std::string& peer, Node& node, Store* store, TurnPlants& plants, Instant now,
               const Input& input) try {
  if (store != nullptr) store->work_on(peer, cause_of(input));
  Turn turn;
  turn.output = node.on(now, input);
  for (Timer& timer : turn.output.timers) timer.cause = message_behind(input);
  if (turn.output.wrote && plants.dies_before_commit()) {
    turn.then = Turn::Then::die;
    return turn;
  }
  if (store == nullptr) return turn;
  commit(*store, input, turn.output);
  if (!turn.output.wrote) return turn;
  turn.delay = plants.delay();
  if (plants.stands_with_the_lock(input) && has_lock(*store)) {
    plants.stood();
    turn.then = Turn::Then::stand;
    turn.longest = plants.longest_stand();
  }
  return turn;
} catch (const std::exception& error) {
  return crashed(store, error.what());
} catch (...) {
  return crashed(store, "an exception that is not a std::exception");
}

}  // namespace caravan::nodes

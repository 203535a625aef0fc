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

Turn take_turn(Node& node, Store* store, TurnPlants& plants, Instant now, const Input& input) try {
  Turn turn;
  turn.output = node.on(now, input);
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

#include "nodes/core/commit.hpp"

#include <algorithm>
#include <utility>

namespace caravan {

bool is_busy(const StoreError& error) {
  return error.kind == StoreError::Kind::busy || error.kind == StoreError::Kind::locked;
}

Json error_of(const StoreError& error) {
  const bool disk = error.kind == StoreError::Kind::disk;
  return {{"type", is_busy(error) ? "DatabaseBusy"
                   : disk         ? "DiskFailed"
                                  : "InternalError"},
          {"message", error.what()},
          {"kwargs", Json::object()}};
}

void commit(Store& store, const Input& input, Output& output) {
  try {
    store.commit();
    return;
  } catch (const StoreError& error) {
    store.rollback();
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
}

}  // namespace caravan

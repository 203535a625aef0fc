// The clients: closed loops that send the plan's operations one by one, each client waiting for its answer.
// Pure bookkeeping; the driver sends and records.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/deadlines.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan {

class Clients {
 public:
  struct Task {
    const Operation* operation = nullptr;
    std::string step;
    std::string request;     ///< id of the envelope, once sent
    std::string peer;        ///< the incarnation it was sent to
    Instant held_since = 0;  ///< waits for its api since; 0: does not
    Instant until = 0;       ///< gives up then, once sent
  };

  void add(const PlanStep& step) {
    for (const auto& operation : step.operations) {
      queues_[operation.client].push_back(Task{&operation, step.number, {}, {}, 0, 0});
      ++open_[step.number];
    }
  }
  /// The client's task at hand, or the one that it would do next.
  Task* front(int client) {
    auto& queue = queues_[client];
    return queue.empty() ? nullptr : &queue.front();
  }
  std::vector<int> numbers() const {
    std::vector<int> out;
    for (const auto& queue : queues_) out.push_back(queue.first);
    return out;
  }
  Task* sent(const std::string& request) {
    for (auto& queue : queues_)
      if (!queue.second.empty() && queue.second.front().request == request) return &queue.second.front();
    return nullptr;
  }
  void finish(int client) {
    auto& queue = queues_[client];
    --open_[queue.front().step];
    queue.pop_front();
    ++done_;
  }
  /// Operations of the step that are not finished yet.
  int open(const std::string& step) const {
    const auto found = open_.find(step);
    return found == open_.end() ? 0 : found->second;
  }
  Instant next_deadline(Instant never) const {
    for (const auto& queue : queues_) {
      if (queue.second.empty()) continue;
      const auto& task = queue.second.front();
      if (!task.request.empty() && task.until < never) never = task.until;
      if (task.request.empty() && task.held_since > 0 && task.held_since + deadline::request < never)
        never = task.held_since + deadline::request;
    }
    return never;
  }
  /// Nothing that was not sent will be.
  void give_up() {
    for (auto& queue : queues_)
      while (queue.second.size() > (queue.second.empty() || queue.second.front().request.empty() ? 0U : 1U)) {
        --open_[queue.second.back().step];
        queue.second.pop_back();
      }
  }
  /// Whether anybody has work that is not finished.
  bool busy() const {
    for (const auto& queue : queues_)
      if (!queue.second.empty()) return true;
    return false;
  }
  /// For people: whose answers are waited for.
  std::string awaited() const {
    std::string out;
    for (const auto& queue : queues_) {
      if (queue.second.empty()) continue;
      const auto& task = queue.second.front();
      out += (out.empty() ? "" : ", ") + (task.peer.empty() ? task.operation->via : task.peer) +
             " to answer operation " + task.operation->id;
    }
    return out;
  }
  int done() const { return done_; }

 private:
  std::map<int, std::deque<Task>> queues_;
  std::map<std::string, int> open_;
  int done_ = 0;
};

}  // namespace caravan

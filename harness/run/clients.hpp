// The clients: closed loops that send the plan's operations one by one, each client waiting for its answer.
// Pure bookkeeping; the driver sends and records.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/plan_words.hpp"

namespace caravan::harness {

/// Pointers to tasks hold until their task is finished or given up.
class Clients {
 public:
  /// An operation of the plan on its way; a client has one at hand at a time.
  struct Task {
    const Operation* operation = nullptr;
    std::string step;
    std::string request;     ///< id of the envelope, once sent
    std::string peer;        ///< the incarnation it was sent to
    Instant held_since = 0;  ///< waits for its api since; 0: does not
    Instant until = 0;       ///< gives up then, once sent
  };

  /// `request`: how long a client waits, for its answer or for its api to come back.
  explicit Clients(Instant request) : request_(request) {}

  /// Queues the step's operations behind what their clients have to do already. The step must outlive this.
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
  /// Clients that were ever given work, ascending.
  std::vector<int> numbers() const {
    std::vector<int> out;
    for (const auto& queue : queues_) out.push_back(queue.first);
    return out;
  }
  /// The task at hand that was sent as this request; null if nothing waits for its answer any more.
  Task* sent(const std::string& request) {
    for (auto& queue : queues_)
      if (!queue.second.empty() && queue.second.front().request == request) return &queue.second.front();
    return nullptr;
  }
  /// The task at hand is over, whatever came of it; the client must have one.
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
  /// When the next client gives up waiting, for its answer or for its api to come back; `never` at the
  /// latest.
  Instant next_deadline(Instant never) const {
    for (const auto& queue : queues_) {
      if (queue.second.empty()) continue;
      const auto& task = queue.second.front();
      if (!task.request.empty() && task.until < never) never = task.until;
      if (task.request.empty() && task.held_since > 0 && task.held_since + request_ < never)
        never = task.held_since + request_;
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
  /// Whether any client has work that is not finished.
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
  Instant request_;
};

}  // namespace caravan::harness

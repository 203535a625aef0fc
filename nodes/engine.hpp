// The engine: provisions, scales and terminates clusters, runs and polls jobs. Everything takes several
// steps, each a save through the conductor, 10 to 50 ms apart. Source of the steps: the history's life of a
// cluster and of a run.
#pragma once

#include "nodes/exchange.hpp"
#include "nodes/remote.hpp"

namespace caravan {

class Engine : public Node {
 public:
  Engine(const Identity& identity, std::shared_ptr<const Registry> registry)
      : exchange_(identity, std::move(registry)) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_.state(); }

 private:
  /// One method of the topic: `args` are the message's; the object among them has been received.
  struct Method {
    const char* name;
    Task<void> (Engine::*perform)(Work& work, Object object, Json args);
  };
  static const Method methods[];

  Task<void> serve(Work& work, Envelope message);
  Task<void> provision(Work& work, Object cluster, Json args);
  Task<void> scale(Work& work, Object cluster, Json args);
  Task<void> terminate(Work& work, Object cluster, Json args);
  Task<void> run(Work& work, Object job_execution, Json args);
  Task<void> poll(Work& work, Object job_execution);
  Task<void> cancel(Work& work, Object job_execution, Json args);
  Task<void> suspend(Work& work, Object job_execution, Json args);
  Task<void> delete_run(Work& work, Object job_execution, Json args);

  Task<void> interrupt(Work& work, Object job_execution, std::string wanted, std::string done);
  Task<void> set_status(Work& work, Object cluster, std::string status);
  Task<bool> set_run_status(Work& work, Object job_execution, std::string status);
  Task<void> add_instances(Work& work, Object cluster, Object node_group, int from, int to);
  Task<Object> begin_step(Work& work, Object cluster, std::string name, std::string type, int total);
  Task<void> finish_step(Work& work, Object step, int events);

  bool knows(const std::string& object) const { return exchange_.release().manifest.count(object) != 0; }
  std::string new_id();

  Exchange exchange_;
};

}  // namespace caravan

// The engine: provisions, scales and terminates clusters, runs and polls jobs. Everything takes several
// steps, each a save through the conductor, 10 to 50 ms apart. Source of the steps: the history's life of a
// cluster and of a run.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "nodes/core/exchange.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/data/remote_rows.hpp"

namespace caravan {

class Engine : public Node {
 public:
  Engine(const Identity& identity, std::shared_ptr<const Registry> registry, std::shared_ptr<Direct> direct)
      : exchange_(identity, std::move(registry), std::move(direct)), membership_(exchange_) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_.state(); }

 private:
  /// One method of the topic: `args` are the message's; the object among them has been received.
  struct Method {
    const char* name;
    Task<void> (Engine::*perform)(Work& work, Object object, Json args);
  };
  static const Method methods[];

  /// What a work stumbled over.
  struct Failure {
    std::string type, why;
    bool expected = false;  ///< clients and engines may meet so: no trouble
  };

  Task<void> serve(Work& work, Envelope message);
  Task<void> provision(Work& work, Object cluster, Json args);
  Task<void> scale(Work& work, Object cluster, Json args);
  Task<void> terminate(Work& work, Object cluster, Json args);
  Task<void> run(Work& work, Object job_execution, Json args);
  Task<void> poll(Work& work, Object job_execution);
  Task<void> cancel(Work& work, Object job_execution, Json args);
  Task<void> suspend(Work& work, Object job_execution, Json args);
  Task<void> delete_run(Work& work, Object job_execution, Json args);

  Task<void> take_down(Work& work, std::string id);
  Task<void> interrupt(Work& work, Object job_execution, std::string wanted, std::string done);
  Task<void> set_status(Work& work, Object cluster, std::string status);
  Task<bool> set_run_status(Work& work, Object job_execution, std::string status);
  Task<bool> advance_run(Work& work, Object job_execution, std::string status);
  Task<void> add_instances(Work& work, Object cluster, Object node_group, int from, int to);
  Task<Object> begin_step(Work& work, Object cluster, std::string name, std::string type, int total);
  Task<void> finish_step(Work& work, Object step, int events);

  // How a work ends that cannot go on (engine_end.cpp).
  Failure failure_of(const std::string& type, const std::string& why) const;
  bool hand_on(const Work& work, const Envelope& message, const std::string& argument,
               const std::optional<Object>& object);
  bool within_caps(const Json& json) const;
  std::string id_in(const Envelope& message, const std::string& argument) const;
  Task<void> give_up(Work& work, std::string method, std::string object, std::string id, Failure failure);
  Task<void> end_cluster(Work& work, std::string method, std::string id, std::string why);
  Task<void> end_run(Work& work, std::string method, std::string id);
  Task<std::optional<Object>> find(Work& work, std::string object, std::string id);

  // Only with direct access (direct_engine.cpp).
  void check_arguments(const Envelope& message) const;
  Task<void> open_data(Work& work, Object job_execution, Object job);
  /// Whether the release suspends a run in that state.
  bool suspendible(const std::string& status) const;
  Task<void> poll_and_overwrite(Work& work, std::string id);
  Task<void> poll_what_others_left(Work& work);

  Task<void> configure(Work& work, Object cluster);
  void plan_servers(const Object& cluster) const;
  void plan_stack(Object cluster) const;
  void delete_stack(const Object& cluster);

  bool direct() const { return exchange_.direct() != nullptr; }
  bool does(const char* hook) const { return exchange_.release().does(hook); }
  bool knows(const std::string& object) const { return exchange_.knows(object); }
  std::string new_id();

  Exchange exchange_;
  Membership membership_;
  std::map<std::string, Instant> handed_on_;  ///< method and operation -> since when
};

}  // namespace caravan

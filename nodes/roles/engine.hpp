// The engine: provisions, scales and terminates clusters, runs and polls jobs. Everything takes several
// steps, each a save through the conductor, 10 to 50 ms apart. Source of the steps: the history's life of a
// cluster and of a run.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "nodes/core/exchange.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/data/release_hooks.hpp"
#include "nodes/data/rows.hpp"

namespace caravan {

class Engine : public Node {
 public:
  /// `rows` goes by `exchange`.
  Engine(std::unique_ptr<Exchange> exchange, std::unique_ptr<Rows> rows)
      : exchange_(std::move(exchange)),
        rows_(std::move(rows)),
        membership_(*exchange_),
        hooks_(exchange_->release(), exchange_->modes()) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_->state(); }

 protected:
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
  const RpcArg& subject_of(const Envelope& message) const;
  bool hand_on(const Work& work, const Envelope& message, const std::string& argument,
               const std::optional<Object>& object);
  bool within_caps(const Json& json) const;
  std::string id_in(const Envelope& message, const std::string& argument) const;
  Task<void> give_up(Work& work, std::string method, std::string object, std::string id, Failure failure);
  Task<void> end_cluster(Work& work, std::string method, std::string id, std::string why);

  // What is done otherwise without objects (direct_engine.cpp).
  virtual void begin() {}
  virtual void drained() {}
  virtual bool expected(const std::string& type) const;
  virtual std::string text_of(const OperationError& error) const { return error.what(); }
  /// Whether a failure needs no word if the row is gone, too.
  virtual bool needs_no_row(const Failure& failure) const { return failure.expected; }
  /// What a field that holds nothing stands for is known where the value is used.
  virtual Json if_absent(const Json& meaning) const { return meaning; }
  /// Every release goes by what the row says of its stack.
  virtual bool looks_in_extra() const { return true; }
  virtual Task<void> roll_back(Work&, Object) { co_return; }
  virtual Task<void> open_data(Work&, Object, Object) { co_return; }
  /// By an engine that drained: it is running already, only the polling goes on.
  virtual bool handed_over(const Object& job_execution) const;
  virtual bool too_early(const std::string&, const std::string&) const { return false; }
  virtual Task<void> poll(Work& work, Object job_execution);
  virtual Task<void> end_run(Work& work, std::string method, std::string id);

  Task<void> configure(Work& work, Object cluster);
  void plan_servers(const Object& cluster) const;
  void plan_stack(Object cluster) const;
  void delete_stack(const Object& cluster);

  bool does(const char* hook) const { return hooks_.does(hook); }
  bool knows(const std::string& object) const { return exchange_->knows(object); }
  std::string new_id();

  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Rows> rows_;
  Membership membership_;
  behaviours::ReleaseHooks hooks_;
  std::map<std::string, Instant> handed_on_;  ///< method and operation -> since when
};

}  // namespace caravan

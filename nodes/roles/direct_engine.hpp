// The engine with direct access: what Sahara's engine did because it had ids, its own classes and no
// conductor. Sources: service/ops.py and service/edp/job_manager.py of the releases.
#pragma once

#include "nodes/roles/engine.hpp"

namespace caravan {

class DirectEngine : public Engine {
 public:
  using Engine::Engine;

 private:
  void begin() override;
  /// Green threads die with their process.
  void drained() override { exchange_->abandon(); }
  /// A Conflict is a broken constraint.
  bool expected(const std::string& type) const override { return type == "NotFound"; }
  /// As Python says it.
  std::string text_of(const OperationError& error) const override { return error.type + ": " + error.what(); }
  bool needs_no_row(const Failure&) const override { return true; }
  /// Sahara did not know what absence stands for.
  Json if_absent(const Json&) const override { return {}; }
  bool looks_in_extra() const override { return does("names_stack_in_extra"); }
  Task<void> roll_back(Work& work, Object cluster) override;
  Task<void> open_data(Work& work, Object job_execution, Object job) override;
  bool handed_over(const Object&) const override { return false; }
  /// There is no conductor to say that it is.
  bool too_early(const std::string& wanted, const std::string& status) const override;
  Task<void> poll(Work& work, Object job_execution) override;
  Task<void> end_run(Work& work, std::string method, std::string id) override;

  Task<void> poll_and_overwrite(Work& work, std::string id);
  Task<void> poll_what_others_left(Work& work);
};

}  // namespace caravan

// The engine: takes what is cast to it, receives the object that it is about, has the project's methods do
// it, and brings to rest what cannot go on, whatever it hears.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "nodes/core/engine_methods.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/data/rows.hpp"

namespace caravan::nodes {

/// Each message is separate work, and a call is answered when it ends. What a work throws ends it: unless
/// another engine may do it (ActRefused), EngineMethods::end brings the row to rest, and what should not have
/// happened is told as trouble.
class Engine : public Node {
 public:
  /// `rows` and `methods` use `exchange`.
  Engine(std::unique_ptr<Exchange> exchange, std::unique_ptr<Rows> rows,
         std::unique_ptr<EngineMethods> methods)
      : exchange_(std::move(exchange)),
        rows_(std::move(rows)),
        methods_(std::move(methods)),
        membership_(*exchange_) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_->state(); }

 protected:
  /// What a work stumbled over.
  struct Failure {
    std::string type, why;
    bool expected = false;  ///< clients and engines may meet so: no trouble
  };

  /// When it is told to drain. Here the works in hand go on to their ends.
  virtual void drained() {}
  /// Whether an error of this type is no node's fault; here NotFound, ActRefused and Conflict.
  virtual bool expected(const std::string& type) const;
  /// The error in words: for the log, and as the reason that is kept with the row.
  virtual std::string text_of(const OperationError& error) const { return error.what(); }
  /// Whether a failure needs no word if the row is gone, too.
  virtual bool needs_no_row(const Failure& failure) const { return failure.expected; }

  std::unique_ptr<Exchange> exchange_;

 private:
  Task<void> serve(Work& work, Envelope message);
  const RpcArg* subject_of(const Envelope& message) const;  ///< null: about none
  std::string id_in(const Envelope& message, const std::string& argument) const;
  Failure failure_of(const std::string& type, const std::string& why) const;
  bool hand_on(const Work& work, const Envelope& message, const std::string& argument,
               const std::optional<Object>& object);
  bool within_caps(const Json& json) const;
  Task<void> give_up(Work& work, std::string method, std::string object, std::string id, Failure failure);

  std::unique_ptr<Rows> rows_;
  std::unique_ptr<EngineMethods> methods_;
  Membership membership_;
  std::map<std::string, Instant> handed_on_;  ///< method and operation -> since when
};

/// With direct access.
class DirectEngine : public Engine {
 public:
  using Engine::Engine;

 private:
  /// Green threads die with their process.
  void drained() override { exchange_->abandon(); }
  /// A Conflict is a broken constraint.
  bool expected(const std::string& type) const override { return type == "NotFound"; }
  /// As Python says it.
  std::string text_of(const OperationError& error) const override { return error.type + ": " + error.what(); }
  bool needs_no_row(const Failure&) const override { return true; }
};

}  // namespace caravan::nodes

// The conductor: the only role that opens the database. It serves OVO's indirection API.
#pragma once

#include "nodes/core/exchange.hpp"
#include "nodes/data/mapping.hpp"
#include "nodes/data/shared_rows.hpp"

namespace caravan::nodes {

/// Answers each call within its turn. What is refused is rolled back; the transaction of what is not is still
/// open, for the caller of `on` to commit.
class Conductor : public Node {
 public:
  /// The store must outlive it.
  Conductor(const Identity& identity, std::shared_ptr<const Registry> registry, Store& store,
            std::unique_ptr<const LifeCycle> life_cycle);
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_.state(); }

 private:
  void take(const Envelope& call);
  void complain(const Envelope& call, const std::exception& error);
  void beat();
  void keep_record(bool anew);
  void record();
  Json service_update(const Json& args);
  bool heeds_announcements() const { return exchange_.identity().plant != "F36"; }
  Json serve_again(const Envelope& call);
  Json serve(const Envelope& call);
  Json action(const Json& args);
  Json class_action(const Json& args);
  Json backport(const Json& args);

  void destroy(const Object& object, const std::string& label);
  void refuse_older(const Object& stored, const std::string& act, const std::string& label) const;
  void refuse_work(const Object& object, const std::string& act, const Manifest& known) const;
  Json to_caller(const Object& object, const Json& versions) const;

  Exchange exchange_;
  RowMapping mapping_;
  SharedRows rows_;
  Store& store_;
  bool wrote_ = false;
  bool joined_ = false;
  bool migrates_ = false;  ///< what it reads
  std::string caller_;     ///< role of the caller
};

}  // namespace caravan::nodes

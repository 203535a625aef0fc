// The api: takes the clients' versionless requests, works on objects, casts to the engines.
#pragma once

#include <memory>
#include <string>

#include "nodes/core/exchange.hpp"
#include "nodes/core/membership.hpp"
#include "nodes/data/release_hooks.hpp"
#include "nodes/data/rows.hpp"

namespace caravan {

class Api : public Node {
 public:
  /// `rows` goes by `exchange`. `rest`: the classes as clients may speak of them.
  Api(std::unique_ptr<Exchange> exchange, std::unique_ptr<Rows> rows, std::shared_ptr<const Registry> rest)
      : rest_(std::move(rest)),
        exchange_(std::move(exchange)),
        rows_(std::move(rows)),
        membership_(*exchange_),
        hooks_(exchange_->release(), exchange_->modes()) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_->state(); }

 private:
  /// A refusal before any effect.
  struct Refusing {
    std::string type, message;
  };

  Task<void> serve(Work& work, Envelope request);
  Task<void> perform(Work& work, Envelope request);
  Task<void> create(Work& work, Envelope request);
  Task<void> start_cluster(Work& work, std::string id, std::string engine);
  Task<void> update(Work& work, Envelope request);
  Task<void> read(Work& work, Envelope request);
  Task<void> list(Work& work, Envelope request);
  Task<void> remove(Work& work, Envelope request);
  Task<void> scale(Work& work, Envelope request);
  Task<void> run(Work& work, Envelope request);
  Task<void> signal_run(Work& work, Envelope request, std::string method);

  void require(const Object& object, const std::string& field) const;
  Object build(const std::string& name, const Json& fields) const;
  Object build(const std::shared_ptr<const Registry>& registry, const std::string& name,
               const Json& fields) const;
  void refuse_protected(const Object& stored, const Json& changes) const;
  void keep_secrets(const Object& object);
  Task<void> refuse_foreign_engine(Work& work, Object cluster, std::string engine);
  Task<bool> taken(std::string method, Json args);
  Task<void> take_instances(Json args);
  void order(const Work& work, const std::string& engine, const std::string& method, Json args);
  Json data(const Object& object) const;

  std::shared_ptr<const Registry> rest_;  ///< what clients may say
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Rows> rows_;
  Membership membership_;
  behaviours::ReleaseHooks hooks_;
};

}  // namespace caravan

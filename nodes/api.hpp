// The api: takes the clients' versionless requests, works on objects through the conductor, casts to the
// engines.
#pragma once

#include "nodes/exchange.hpp"

namespace caravan {

class Api : public Node {
 public:
  Api(const Identity& identity, std::shared_ptr<const Registry> registry)
      : exchange_(identity, std::move(registry)) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_.state(); }

 private:
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

  Object build(const std::string& name, const Json& fields) const;
  Json data(const Object& object) const;

  Exchange exchange_;
};

}  // namespace caravan

// The api: takes the clients' versionless requests and does them on objects. What is not about rows alone is
// for the project's own requests.
#pragma once

#include <memory>

#include "nodes/data/project.hpp"

namespace caravan::nodes {

/// Answers each request, unless a call on its behalf got no reply: then it is not known whether it was done,
/// and the client is left to its own deadline.
class Api : public Node {
 public:
  /// `rows` uses `exchange`. `rest`: the classes by which clients' values are checked.
  Api(std::unique_ptr<Exchange> exchange, std::unique_ptr<Rows> rows, std::shared_ptr<const Registry> rest,
      const Project& project)
      : exchange_(std::move(exchange)),
        rows_(std::move(rows)),
        membership_(*exchange_),
        objects_(*exchange_, std::move(rest)),
        requests_(project.api_requests(*exchange_, *rows_, membership_, objects_)) {}
  Output on(Instant now, const Input& input) override;
  Json state() const override { return exchange_->state(); }

 private:
  Task<void> serve(Work& work, Envelope request);
  Task<void> perform(Work& work, Envelope request);
  Task<void> create(Work& work, Envelope request);
  Task<void> update(Work& work, Envelope request);
  Task<void> read(Work& work, Envelope request);
  Task<void> list(Work& work, Envelope request);
  Task<void> remove(Work& work, Envelope request);

  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Rows> rows_;
  Membership membership_;
  ClientObjects objects_;
  std::unique_ptr<ApiRequests> requests_;
};

}  // namespace caravan::nodes

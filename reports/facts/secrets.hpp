// Canaries: the secret texts that clients wrote, and where such a text may be seen.
// Independent of nodes/data/secrets.hpp on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/facts/evidence.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan::reports {

/// A secret text, and which client wrote it where.
struct Canary {
  std::string text;  ///< at least 8 characters
  std::string object, field, row, operation;
  Event written = 0;
  std::optional<Version> since;  ///< first version at which its place is secret; absent: at all
};

/// Canaries of all that clients asked to create, update and run. The model must outlive this.
class Secrets {
 public:
  Secrets(const Evidence& evidence, const ReleaseModel& releases);
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  const std::vector<Canary>& all() const { return canaries_; }
  /// Canaries in a text, or in the texts of a JSON value; each once.
  std::vector<const Canary*> in(const std::string& text) const;
  std::vector<const Canary*> in(const Json& json) const;
  /// The text with every canary, also one that was cut short, struck out.
  std::string masked(std::string text) const;

 private:
  void collect(const std::string& object, const Json& fields, const ClientOp& op, const std::string& row,
               int depth);
  void index();
  void find(const std::string& text, std::vector<const Canary*>& out) const;
  void find(const Json& json, std::vector<const Canary*>& out, int depth) const;

  const ReleaseModel& releases_;
  std::vector<Canary> canaries_;
  std::vector<std::pair<std::uint64_t, int>> heads_;  ///< first 8 bytes -> canary, sorted
  std::vector<bool> maybe_;                           ///< which heads there are, hashed
};

/// The value without what the contract calls secret: what may be compared. Null if all of it is.
Json without_secrets(const Contract& contract, Json value);

}  // namespace caravan::reports

// What may be written into which field, and recognised again: values that carry the operation's token.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"
#include "scenarios/plan/sample.hpp"

namespace caravan::scenarios {

/// The two releases of a plan and what lies between them.
class ReleasePair {
 public:
  ReleasePair(const Catalog& catalog, std::string from, std::string to);

  const Catalog& catalog() const { return catalog_; }
  const std::string& from() const { return from_; }
  const std::string& to() const { return to_; }
  bool older(const std::string& release) const { return release != to_; }  ///< any but to()

  /// The class as a release knows it, or null.
  const ClassSpec* form(const std::string& object, const std::string& release) const;
  const FieldSpec* field(const std::string& object, const std::string& name,
                         const std::string& release) const;
  /// The newest name of a field, and its name in a release.
  std::string newest_name(const std::string& object, const std::string& name) const;
  std::string name_in(const std::string& object, const std::string& newest, const std::string& release) const;

  bool changed(const std::string& object) const;  ///< known to both, at different versions
  bool is_new(const std::string& object) const;   ///< known to `to` only
  /// Fields of the newer form that the older one does not know, by whatever name; children apart.
  std::vector<const FieldSpec*> new_fields(const std::string& object) const;
  std::vector<std::string> new_children(const std::string& object) const;
  /// An older peer may refuse to act on a row in which this is set ("refuse_act_when").
  bool guarded(const std::string& object, const std::string& field) const {
    return guarded(object, field, "");
  }
  /// The same for one act ("engine", "update", "delete", "run"); empty: any.
  bool guarded(const std::string& object, const std::string& field, const std::string& act) const;
  /// Limits that the step from `from` to `to` brought: what the older release cannot carry.
  std::vector<std::pair<std::string, Contract::Limit>> new_limits(const std::string& object) const;

  /// Classes known to `to`, parents before children.
  const std::vector<std::string>& objects() const { return objects_; }
  /// The class that a foreign key points at, or empty.
  std::string parent_class(const FieldSpec& field) const;
  /// The shortest text that both releases store in a field; no limit: 200.
  int length(const std::string& object, const std::string& newest) const;
  /// Legal in both releases, or in the newer where only that one knows the field.
  std::vector<Json> legal(const std::string& object, const std::string& newest) const;
  bool knows_method(const std::string& release, const std::string& topic, const std::string& method) const;

  /// What the class declares for clients at work; an empty one if it declares nothing.
  const Workload& load(const std::string& object) const;
  /// Written by life cycles or by the conductor: no client touches it. `run`: the row is a run that was
  /// started.
  bool owned_by_nodes(const std::string& object, const std::string& field, bool run) const;
  /// Set by a create, never by an update.
  bool create_only(const std::string& object, const std::string& field) const;
  /// Set by every create.
  bool always_filled(const std::string& object, const std::string& field) const;

 private:
  std::vector<std::string> parents_first() const;

  const Catalog& catalog_;
  std::string from_, to_;
  std::map<std::pair<std::string, std::string>, const ClassSpec*> forms_;  // object, release
  std::map<std::string, std::string> classes_;                             // table -> class
  std::vector<std::string> objects_;
};

/// Values of this field carry a token; booleans and enums do not.
bool carries_token(const FieldSpec& field);

/// A value for one field. `flag` is what booleans get; `pick` chooses among enum values.
Json value_for(const ReleasePair& span, const std::string& object, const FieldSpec& field,
               const OperationTag& token, bool flag, std::size_t pick);

/// Puts a canary (a text that begins with the token's id) wherever the contract says that a secret sits.
void add_secrets(const Contract* contract, const std::string& field, const OperationTag& token, Json& value);

/// UUID-shaped, from the seed and a name: SHA-256.
std::string row_id(std::uint64_t seed, const std::string& name);

}  // namespace caravan::scenarios

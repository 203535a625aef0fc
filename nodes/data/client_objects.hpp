// Objects as clients speak of them, whose requests have no version: fields in, data out.
#pragma once

#include <memory>
#include <string>

#include "nodes/core/exchange.hpp"

namespace caravan::nodes {

/// Between a client's fields and the objects of one node. Reads no rows and sends nothing.
class ClientObjects {
 public:
  /// The exchange must outlive it. `rest`: the classes by which clients' values are checked.
  ClientObjects(const Exchange& exchange, std::shared_ptr<const Registry> rest)
      : exchange_(exchange), rest_(std::move(rest)) {}

  /// Throws Refused UnknownField if the node's release, or its cap, does not know the field: nothing is
  /// silently dropped.
  void require(const Object& object, const std::string& field) const;
  /// An object with these fields, and its children. Throws Refused UnknownField; ObjectError for a value that
  /// the class does not take.
  Object build(const std::string& name, const Json& fields) const;
  /// Sets the fields of an object to what they are in `wanted`, which was built of them.
  void put(Object object, const Object& wanted, const Json& fields) const;
  /// What a client gets to see.
  Json data(const Object& object) const;

 private:
  Object build(const std::shared_ptr<const Registry>& registry, const std::string& name,
               const Json& fields) const;

  const Exchange& exchange_;
  std::shared_ptr<const Registry> rest_;
};

}  // namespace caravan::nodes

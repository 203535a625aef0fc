#include "nodes/core/error_type.hpp"

#include "nodes/core/operation_error.hpp"
#include "nodes/core/refused.hpp"
#include "nodes/core/store_refusal.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes {

std::string error_type(const std::exception& error) {
  if (const auto* operation = dynamic_cast<const OperationError*>(&error))
    return operation->indeterminate() ? no_answer : operation->type;
  if (const auto* object = dynamic_cast<const ObjectError*>(&error)) return object->type;
  if (const auto* refused = dynamic_cast<const Refused*>(&error)) return refused->type;
  if (const auto* store = dynamic_cast<const StoreError*>(&error))
    return error_of(*store).at("type").get<std::string>();
  return dynamic_cast<const Json::exception*>(&error) != nullptr ? "ValueError" : "InternalError";
}

}  // namespace caravan::nodes

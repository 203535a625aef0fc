#include "nodes/store/migration/condition.hpp"

#include <algorithm>

#include "nodes/store/values.hpp"

namespace caravan::nodes {
namespace {

bool meets(const Row& row, const Demand& demand) {
  const Json& is = row.at(demand.column);
  switch (demand.kind) {
    case Demand::Kind::equals:
      return is == demand.value;
    case Demand::Kind::is_not:
      return is != demand.value;
    case Demand::Kind::is_not_column:
      return is != row.at(demand.value.get<std::string>());
    case Demand::Kind::behind:
      return is.is_string() && is.get_ref<const std::string&>() > demand.value.get_ref<const std::string&>();
    case Demand::Kind::longer:
      return is.is_string() && characters(is.get_ref<const std::string&>()) > demand.value.get<std::size_t>();
  }
  return false;
}

}  // namespace

bool holds(const Condition& condition, const Row& row) {
  const auto met = [&](const Demand& demand) { return meets(row, demand); };
  return std::all_of(condition.all.begin(), condition.all.end(), met) &&
         (condition.any.empty() || std::any_of(condition.any.begin(), condition.any.end(), met));
}

}  // namespace caravan::nodes

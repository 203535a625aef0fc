#include "nodes/store/sql/statement_cache.hpp"

#include <algorithm>

namespace caravan::nodes {

StatementCache::Statement StatementCache::take(const std::string& sql) {
  const auto found =
      std::find_if(kept_.rbegin(), kept_.rend(), [&](const auto& entry) { return entry.first == sql; });
  if (found == kept_.rend()) return nullptr;
  Statement statement = std::move(found->second);
  kept_.erase(std::next(found).base());
  return statement;
}

void StatementCache::keep(const std::string& sql, Statement statement) {
  if (kept_.size() == capacity) kept_.pop_front();
  kept_.emplace_back(sql, std::move(statement));
}

}  // namespace caravan::nodes

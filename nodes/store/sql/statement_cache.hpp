// Statements of one connection that stay prepared from one run to the next.
#pragma once

#include <soci/soci.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace caravan::nodes {

/// Not for several threads. Must be gone before its connection is.
class StatementCache {
 public:
  using Statement = std::unique_ptr<soci::statement>;
  /// An insert or update has one text for each set of columns: a conductor of a default plan uses about 120.
  static constexpr std::size_t capacity = 128;

  /// The statement with this text, which is the caller's from now on. Null if there is none.
  Statement take(const std::string& sql);
  /// Takes a statement that is ready to be bound again. Where there are too many, the one that was kept the
  /// longest ago goes.
  void keep(const std::string& sql, Statement statement);
  void clear() { kept_.clear(); }

 private:
  std::deque<std::pair<std::string, Statement>> kept_;  // the newest last
};

}  // namespace caravan::nodes

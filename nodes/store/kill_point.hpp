// A place where a planted death may come. The logic names the place; the carrier of a node or tool says what
// dying is.
#pragma once

#include <functional>
#include <utility>

namespace caravan::nodes {

/// Ends its caller there and then, and does not return: a process kills itself, what shares its process
/// with others throws Killed.
using Death = std::function<void()>;

/// Leaves whatever is under way as a death would: what was not committed is rolled back on the way.
/// Deliberately not a std::exception, so that nothing on the way takes it for an error.
struct Killed {};

/// Death comes when the place is reached for the `nth` time, from 1; with 0 never.
class KillPoint {
 public:
  KillPoint() = default;
  KillPoint(int nth, Death death) : left_(nth), death_(std::move(death)) {}
  void reached() {
    if (left_ > 0 && --left_ == 0) death_();
  }

 private:
  int left_ = 0;
  Death death_;
};

}  // namespace caravan::nodes

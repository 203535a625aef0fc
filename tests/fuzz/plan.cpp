// Plans as texts, which people write and change: one that is read is printed, read again as the same, checked
// and shown.
#include "harness/run/plan_check.hpp"
#include "harness/run/plan_tree.hpp"
#include "objects/base/error.hpp"
#include "objects/base/printable.hpp"
#include "objects/loader/loader.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {

void plan(std::string_view text) {
  scenarios::Plan read;
  scenarios::PlanPlaces places;
  if (refused([&] { read = scenarios::parse_plan(text, "input", &places); })) return;
  const std::string printed = print(read);
  require(printable(printed) == printed, "a plan can be printed on a terminal: " + printed);
  try {
    const scenarios::Plan again = scenarios::parse_plan(printed, "printed");
    require(again == read && print(again) == printed, "a plan is read as it was printed: " + printed);
  } catch (const Error& error) {
    throw Violation("what was printed can be read: " + std::string(error.what()) + " in " + printed);
  }
  require(harness::is_plan_tree(harness::plan_tree(read, {})), "a tree is known as one");
  refused([&] {
    harness::check_plan(read, sahara_catalog(), places);
    (void)harness::releases_of(read, sahara_catalog());
  });
}

}  // namespace caravan::fuzz

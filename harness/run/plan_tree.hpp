// A plan as people read it: the numbered tree on a page, operations counted. What `run` takes is print(Plan).
#pragma once

#include <string>
#include <string_view>

#include "harness/run/plan_words.hpp"
#include "reports/formats/screen.hpp"

namespace caravan::harness {

/// Within the screen's columns.
std::string plan_tree(const Plan& plan, const reports::Screen& screen);
/// Whether the text is such a tree, which cannot be run.
bool is_plan_tree(std::string_view text);

}  // namespace caravan::harness

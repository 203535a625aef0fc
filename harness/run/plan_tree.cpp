#include "harness/run/plan_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "objects/base/printable.hpp"
#include "objects/base/text.hpp"
#include "reports/formats/render.hpp"

namespace caravan::harness {
namespace {

constexpr std::string_view tree_begins = "plan of";

using Counts = std::vector<std::pair<std::string, int>>;

void count(Counts& counts, const std::string& what) {
  for (auto& [known, times] : counts)
    if (known == what) {
      ++times;
      return;
    }
  counts.emplace_back(what, 1);
}

/// "7 create, 3 read", most first.
std::string kinds_of(const std::vector<Operation>& operations) {
  Counts kinds;
  for (const auto& op : operations) count(kinds, op.method);
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> out;
  for (const auto& [kind, times] : kinds) out.push_back(fmt::format("{} {}", times, kind));
  const auto refused = std::count_if(operations.begin(), operations.end(),
                                     [](const Operation& op) { return op.expect == "refused"; });
  return fmt::format("{}{}", fmt::join(out, ", "),
                     refused > 0 ? fmt::format("; {} to be refused", refused) : "");
}

/// "13 of the scenario's own, 8 a client"
std::string clients_of(const std::vector<Operation>& operations, int all) {
  std::map<int, int> clients;
  for (const auto& op : operations) ++clients[op.client];
  const auto name = [](int client) {
    return client == 0 ? std::string("the scenario's own") : fmt::format("c{}", client);
  };
  std::vector<std::string> out;
  for (auto first = clients.begin(); first != clients.end();) {
    auto last = first, next = std::next(first);
    while (first->first > 0 && next != clients.end() && next->second == first->second &&
           next->first == last->first + 1)
      last = next++;
    const bool everybody = all > 1 && first->first == 1 && last->first == all;
    out.push_back(everybody       ? fmt::format("{} a client", first->second)
                  : first == last ? fmt::format("{} of {}", first->second, name(first->first))
                                  : fmt::format("{} each of {} to {}", first->second, name(first->first),
                                                name(last->first)));
    first = next;
  }
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string operations_line(const std::vector<Operation>& operations, int clients) {
  return fmt::format("{}, {}: {}", text::count(static_cast<long long>(operations.size()), "operation"),
                     clients_of(operations, clients), kinds_of(operations));
}

/// What a step does, without its number and reason: "start engine.1 at liberty".
std::string deed(const PlanStep& step) {
  std::string out = step::word(step.action);
  step::match(
      step.action,
      [&](const step::Migrate& one) {
        out += fmt::format(" {}, {} to {}", name(one.phase), one.from, one.to);
        if (one.batch > 0) out += fmt::format(", {} rows a batch", one.batch);
        if (one.batches > 0) out += fmt::format(", {}", text::count(one.batches, "batch"));
        if (one.die_in > 0) out += fmt::format(", killed in batch {}", one.die_in);
      },
      [&](const step::Wait& one) {
        out += fmt::format(" until {} {} is {}", one.object, one.row, one.status);
      },
      [&](const auto&) {
        out += " " + step::node_of(step.action);
        const auto& release = step::text_member(step.action, "release");
        if (!release.empty()) out += " at " + release;
      },
      [](const step::Group&) {}, [](const step::Settle&) {});
  if (const auto* kill = std::get_if<step::Kill>(&step.action); kill && kill->when != step::Moment::at_once)
    out += std::string(" in ") + name(kill->when);
  if (step::expect_of(step.action) == step::Expect::refused) out += ", to be refused";
  return out;
}

bool is_group(const PlanStep& step) { return std::holds_alternative<step::Group>(step.action); }

bool has_few_operations(const PlanStep& step) { return step.steps.empty() && step.operations.size() <= 3; }

/// What is the same but for the number and the node.
bool alike(const PlanStep& a, const PlanStep& b) {
  auto same = a.action;
  step::set_node(same, step::node_of(b.action));
  return same == b.action && !step::node_of(a.action).empty() &&
         step::expect_of(a.action) == step::Expect::done && a.operations.empty() && b.operations.empty() &&
         has_few_operations(a) && has_few_operations(b);
}

/// A step as part of a line, with its few operations: "engine.1 is down (1 run)".
std::string phrase(const PlanStep& step) {
  auto out = is_group(step) ? step.why : deed(step);
  if (!step.operations.empty()) out += fmt::format(" ({})", kinds_of(step.operations));
  return out;
}

class Tree {
 public:
  Tree(const reports::Screen& screen, int clients) : screen_(screen), clients_(clients) {}

  void line(const std::string& text, std::size_t margin = 0, std::size_t indent = 2) {
    const auto safe = printable(text, {.lines = false, .ascii = screen_.ascii, .colour = false});
    out_ += reports::paragraph(safe, screen_.width, margin, indent);
  }

  void step(const PlanStep& step, std::size_t margin) {
    const bool few = has_few_operations(step);
    auto text = few ? phrase(step) : is_group(step) ? step.why : deed(step);
    if (!is_group(step) && !step.why.empty()) text += ": " + step.why;
    const auto head = step.number + "  ";
    line(head + text, margin, head.size());
    const auto inner = margin + 4;
    for (std::size_t i = 0; i < step.steps.size();) {
      const auto leaves = side_by_side(step.steps, i);
      if (!leaves.empty()) line(leaves, inner);
      if (i < step.steps.size()) this->step(step.steps[i++], inner);
    }
    if (!step.operations.empty() && !few) line(operations_line(step.operations, clients_), inner);
  }

  std::string take() { return std::move(out_); }

 private:
  /// Steps from `at` on that are but a phrase; those alike as one. `at` is behind them then.
  static std::string side_by_side(const std::vector<PlanStep>& steps, std::size_t& at) {
    std::vector<std::string> out;
    while (at < steps.size() && has_few_operations(steps[at])) {
      auto last = at;
      std::vector<std::string> nodes = {step::node_of(steps[at].action)};
      while (last + 1 < steps.size() && alike(steps[at], steps[last + 1]))
        nodes.push_back(step::node_of(steps[++last].action));
      auto all = steps[at];
      step::set_node(all.action, text::list(nodes));
      out.push_back(
          fmt::format("{}{} {}", all.number, last == at ? "" : " to " + steps[last].number, phrase(all)));
      at = last + 1;
    }
    return fmt::format("{}", fmt::join(out, ", "));
  }

  const reports::Screen& screen_;
  int clients_;
  std::string out_;
};

void collect(const std::vector<PlanStep>& steps, std::vector<Operation>& out) {
  for (const auto& step : steps) {
    out.insert(out.end(), step.operations.begin(), step.operations.end());
    collect(step.steps, out);
  }
}

std::string expected(const Json& expect) {
  std::vector<std::string> out;
  for (const auto& item : expect.items()) {
    const auto& what = item.value();
    const auto fail = what.is_object() ? what.find("fail") : what.end();
    const bool named = what.is_object() && fail != what.end() && fail->is_string();
    out.push_back(
        !named ? fmt::format("{} {}", item.key(), what.is_string() ? what.get<std::string>() : what.dump())
               : item.key() + " to fail at " + fail->get<std::string>());
  }
  return "expected: " + text::list(out);
}

}  // namespace

std::string plan_tree(const Plan& plan, const reports::Screen& screen) {
  Tree tree(screen, plan.clients);
  tree.line(
      fmt::format("{} {}, seed {}: {} to {}", tree_begins, plan.scenario, plan.seed, plan.from, plan.to));
  if (!plan.about.empty()) tree.line(plan.about);
  std::vector<std::string> nodes;
  for (const auto& [role, count] : plan.nodes) nodes.push_back(text::count(count, role));
  tree.line(fmt::format("{}; access {}, compat {}, database {}{}{}", text::list(nodes),
                        name(plan.mode.access), name(plan.mode.compat), plan.mode.database,
                        plan.migration == "phased" ? "" : ", migration " + plan.migration,
                        plan.row_stamps ? ", row stamps" : ""));
  for (const auto& [node, program] : plan.programs) tree.line(fmt::format("{} is {}", node, program));
  for (const auto& [node, options] : plan.config)
    tree.line(fmt::format("{} is given {}", node, options.dump()));
  std::vector<Operation> operations;
  collect(plan.steps, operations);
  if (!operations.empty()) tree.line(operations_line(operations, plan.clients));
  if (plan.expect.is_object()) tree.line(expected(plan.expect));
  tree.line("");
  for (const auto& step : plan.steps) tree.step(step, 0);
  tree.line("--operations prints every operation; `caravan run` takes that as a plan");
  return tree.take();
}

bool is_plan_tree(std::string_view text) {
  if (text.substr(0, tree_begins.size()) != tree_begins) return false;
  const auto next = text.substr(tree_begins.size(), 1);
  return next == " " || next == "\n";  // a long name is on the next line
}

}  // namespace caravan::harness

// The command line: what each command is given, and one function a command. Words are read in commands.cpp
// (CLI11); every function returns an exit code of design.md and throws Error for anything wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/output/terminal.hpp"
#include "objects/base/error.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan {

struct Options {
  std::vector<std::string> inputs;  ///< SCENARIO, PLAN, RUN..., CHECK, what to list
  std::optional<std::uint64_t> seed;
  std::string carrier = "process";
  std::string database;
  std::string mode;  ///< ACCESS/COMPAT
  std::string plant;
  std::string catalog;  ///< folder that the nodes' rules come from
  std::string out;
  std::string format = "text";
  std::string node_program;
  std::optional<double> timeout;      ///< seconds for a whole run
  std::vector<std::string> programs;  ///< NODE=PROGRAM
  bool force = false;                 ///< a database that is not empty is emptied
  bool json = false, verbose = false, quiet = false;
  std::string color = "auto";
  bool operations = false;                          ///< plan: all of it
  std::string event, op, object, node, step, grep;  ///< show
  std::vector<std::string> catalogs;  ///< objects: folder, files or document of the object history
  std::string release, target;        ///< objects: --release, --to
  std::string against, conversions;   ///< objects lint
  bool all_versions = false;          ///< objects fingerprint
  std::vector<std::string> words;     ///< the command line as given
};

int cli_run(const Options& options);
int cli_plan(const Options& options);
int cli_replay(const Options& options);
int cli_judge(const Options& options);
int cli_report(const Options& options);
int cli_show(const Options& options);
int cli_list(const Options& options);
int cli_explain(const Options& options);
int cli_version(const Options& options);
int cli_objects_list(const Options& options);
int cli_objects_show(const Options& options);
int cli_objects_diff(const Options& options);
int cli_objects_fingerprint(const Options& options);
int cli_objects_backport(const Options& options);
int cli_objects_lint(const Options& options);

/// A plan, and where its database is: a kind, or a URL, which no plan ever holds.
struct Planned {
  Plan plan;
  PlanPlaces places;  ///< if it was read
  std::string database;
};
/// SCENARIO (a file or a shipped name) or PLAN (a file that `caravan plan` wrote), planned for the mode,
/// database, seed and programs of the options.
Planned plan_of(const Options& options);

/// "text" unless --json or --format say otherwise. Throws for a format that is not in `known`.
std::string format_of(const Options& options, const std::vector<std::string>& known);

/// What main calls.
int command_line(int argc, char** argv);

}  // namespace caravan

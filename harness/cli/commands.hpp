// The command line: what each command is given, and one function a command. Words are read in commands.cpp
// (CLI11); every function returns an exit code of design.md and throws Error for anything wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/output/terminal.hpp"
#include "harness/run/plan_words.hpp"
#include "objects/base/error.hpp"

namespace caravan::harness {

/// What the command line says. A command reads the members that it has options for; the others are as here.
struct Options {
  std::vector<std::string> inputs;  ///< SCENARIO, PLAN, RUN..., CHECK, what to list
  std::optional<std::uint64_t> seed;
  std::string carrier = "process";
  std::string database;
  std::string mode;  ///< ACCESS/COMPAT
  std::string plant;
  std::string project;  ///< folder of the catalog that is used for everything; empty: Sahara's
  std::string catalog;  ///< folder of the catalog that the nodes load instead
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

/// Runs a SCENARIO or PLAN and judges it; the recording stays in the folder of --out, or a new one under
/// runs/. Returns 0 (as expected), 1 (not), 3 (undecided) or 130 (interrupted); throws Error with the cause
/// if the run did not come to its end otherwise.
int cli_run(const Options& options);
/// Checks and prints the plan, runs nothing: the tree for people, with --operations the text that can be run.
int cli_plan(const Options& options);
/// As cli_run, of a PLAN or of the plan in a recording, with what was planted there unless --plant says
/// otherwise.
int cli_replay(const Options& options);
/// Judges recordings to stdout. Returns the worst of their codes: 1 before 3 before 0.
int cli_judge(const Options& options);
/// The same into the file of --out, if it is given. Throws bad_request if that would overwrite a part of a
/// run.
int cli_report(const Options& options);
/// Prints the events of one recording that pass every filter of the options.
int cli_show(const Options& options);
/// Print what there is to name, what one name means, and the version. Throw bad_request with the nearest name
/// for an unknown one.
int cli_list(const Options& options);
int cli_explain(const Options& options);
int cli_version(const Options& options);
/// Print what the catalog of --catalog, or the built-in one, holds. Throw bad_request for objects, versions
/// and releases that it does not have.
int cli_objects_list(const Options& options);
int cli_objects_show(const Options& options);
int cli_objects_diff(const Options& options);
int cli_objects_fingerprint(const Options& options);
/// Prints a primitive (a file, or "-") as an older version gets it. Throws Error: not_as_expected if the
/// object refuses, bad_request if the primitive or the target is none.
int cli_objects_backport(const Options& options);
/// Returns 0 if nothing was found, 1 if something was, 3 if a recording leaves it open.
int cli_objects_lint(const Options& options);

/// A plan, and where its database is: a kind, or a URL, which no plan ever holds.
struct Planned {
  Plan plan;
  PlanPlaces places;  ///< if it was read
  std::string database;
  Catalog catalog;  ///< that scenario, plan, nodes and judge use
};
/// SCENARIO (a file or a shipped name) or PLAN (a file that `caravan plan` wrote), planned for the mode,
/// database, seed, programs and project of the options.
Planned plan_of(const Options& options);

/// "text" unless --json or --format say otherwise. Throws for a format that is not in `known`.
std::string format_of(const Options& options, const std::vector<std::string>& known);

/// What main calls.
int command_line(int argc, char** argv);

}  // namespace caravan::harness

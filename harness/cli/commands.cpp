// Words to options, options to a command, errors to one message and an exit code. The only file that knows
// CLI11.
#include "harness/cli/commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <limits>
#include <regex>

#include "harness/output/output_file.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/databases.hpp"
#include "reports/formats/render.hpp"

namespace caravan::harness {
namespace {

struct Command {
  const char* name;  ///< one word, or two: "objects list"
  const char* about;
  std::function<int(const Options&)> run;
  std::function<void(CLI::App&, Options&)> read_words;
};

void input(CLI::App& app, Options& options, const char* name, const char* about, bool many = false,
           bool needed = true) {
  auto* option = app.add_option(name, options.inputs, about);
  if (needed) option->required();
  if (many)
    option->expected(needed ? 1 : 0, 10000);
  else
    option->expected(needed ? 1 : 0, 1);
}

void formats(CLI::App& app, Options& options, const std::string& known) {
  app.add_option("--format", options.format, known);
  app.add_flag("--json", options.json, "the same as --format json");
}

std::string forms_of_reports() { return fmt::format("{}", fmt::join(reports::report_format_names(), ", ")); }

void seed(CLI::App& app, Options& options) {
  app.add_option("--seed", options.seed, "decides every choice in the plan (default 1)")
      ->check([](const std::string& text) {
        std::uint64_t seed = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), seed);
        const bool whole = !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
        return whole ? std::string()
                     : fmt::format("\"{}\" is not a seed: a whole number from 0 to {}", text,
                                   std::numeric_limits<std::uint64_t>::max());
      });
}

void mode(CLI::App& app, Options& options) {
  app.add_option("--mode", options.mode,
                 "ACCESS/COMPAT in place of the scenario's: conductor/backport, conductor/pin, "
                 "conductor/none, direct/none");
  app.add_option("--database", options.database,
                 fmt::format("{}, or {} (a private server for the run), or a URL of an empty database: {}",
                             database_words(true), database_words(false), database_addresses()));
}

void programs(CLI::App& app, Options& options) {
  app.add_option("--program", options.programs,
                 "NODE=PROGRAM,...: nodes (engine.3, or a role) that are another program: python, the "
                 "shipped node on the real oslo.versionedobjects, or a path")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void project(CLI::App& app, Options& options) {
  app.add_option("--project", options.project,
                 "folder of another project's catalog, used for everything: scenario, plan, nodes and judge "
                 "(default: Sahara's, built in)");
}

void running(CLI::App& app, Options& options) {
  project(app, options);
  app.add_option("--carrier", options.carrier, "process: real processes");
  app.add_flag("--force", options.force, "empty the database first, no matter what is in it");
  app.add_option("--plant", options.plant, "a planted defect (caravan list plants)");
  app.add_option("--catalog", options.catalog,
                 "folder of a changed catalog for the nodes only; plan and judge keep the project's");
  app.add_option("--out", options.out, "folder for the recording (default runs/SCENARIO-seedN)");
  app.add_option("--timeout", options.timeout,
                 "seconds for the whole run (default: 60, plus 2 per step and 0.1 per operation)")
      ->check([](const std::string& text) {
        double seconds = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
        const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
        return whole && seconds >= 0.001 && seconds <= 1e9
                   ? std::string()
                   : fmt::format("\"{}\" is not a number of seconds from 0.001 to 1000000000", text);
      });
  app.add_option("--node-program", options.node_program,
                 "program of the nodes (default: caravan-node next to caravan)");
  app.add_flag("-v,--verbose", options.verbose, "print each step on stderr");
  app.add_flag("-q,--quiet", options.quiet, "no progress");
  formats(app, options, "of the report: " + forms_of_reports());
}

void nothing(CLI::App&, Options&) {}

void history(CLI::App& app, Options& options) {
  app.add_option(
         "--catalog", options.catalogs,
         "the object history: a folder with releases.json, its files, a caravan-catalog/1 document, or "
         "FILE#ID of a file of vectors (default: Sahara's, built in)")
      ->expected(1, 10000);
}

void one_release(CLI::App& app, Options& options, const char* about) {
  app.add_option("--release", options.release, about);
}

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"run", "execute a scenario or plan on real processes, and judge the recording", cli_run,
       [](CLI::App& app, Options& options) {
         input(app, options, "SCENARIO|PLAN", "a file, or the name of a shipped scenario");
         seed(app, options);
         mode(app, options);
         programs(app, options);
         running(app, options);
       }},
      {"plan", "print what would be done: the numbered tree", cli_plan,
       [](CLI::App& app, Options& options) {
         input(app, options, "SCENARIO|PLAN", "a file, or the name of a shipped scenario");
         app.add_flag("--operations", options.operations,
                      "every operation with its values: the plan that run and replay take");
         project(app, options);
         seed(app, options);
         mode(app, options);
         programs(app, options);
       }},
      {"judge", "judge recordings again", cli_judge,
       [](CLI::App& app, Options& options) {
         input(app, options, "RUN", "a run's folder or its run.ndjson", true);
         formats(app, options, forms_of_reports());
       }},
      {"replay", "run the plan of a recording, or a plan, once more", cli_replay,
       [](CLI::App& app, Options& options) {
         input(app, options, "RUN|PLAN", "a run's folder, its run.ndjson, or a plan");
         app.add_option("--database", options.database, "another database of the same kind: a URL");
         running(app, options);
       }},
      {"report", "write the report of recordings", cli_report,
       [](CLI::App& app, Options& options) {
         input(app, options, "RUN", "a run's folder or its run.ndjson", true);
         formats(app, options, forms_of_reports());
         app.add_option("--out", options.out, "a file (default: stdout)");
       }},
      {"show", "what happened in a recording, event by event; several options must all match", cli_show,
       [](CLI::App& app, Options& options) {
         input(app, options, "RUN", "a run's folder or its run.ndjson");
         app.add_option("--event", options.event, "one event, by its number, in full");
         app.add_option("--op", options.op, "an operation and all that it caused");
         app.add_option("--object", options.object, "all about one row, by its id");
         app.add_option("--node", options.node, "all about one node (engine.2) or incarnation (engine.2#1)");
         app.add_option("--step", options.step, "all that happened in a step of the plan and those below it");
         app.add_option("--grep", options.grep, "events that contain this text");
         app.add_flag("--json", options.json, "the events themselves");
       }},
      {"list", "scenarios, checks, plants, releases or faults", cli_list,
       [](CLI::App& app, Options& options) {
         input(app, options, "WHAT", "scenarios, checks, plants, releases, faults (default: all)", false,
               false);
         app.add_flag("--json", options.json, "for programs");
       }},
      {"explain", "what a check or a lint finding promises, what a plant breaks", cli_explain,
       [](CLI::App& app, Options& options) {
         input(app, options, "CHECK|FINDING|PLANT", "a check, a type of finding or its id, a planted defect");
       }},
      {"objects list", "objects with their versions and releases", cli_objects_list,
       [](CLI::App& app, Options& options) {
         history(app, options);
         app.add_flag("--json", options.json, "for programs");
       }},
      {"objects show", "one version of an object: fields, contracts, rules", cli_objects_show,
       [](CLI::App& app, Options& options) {
         input(app, options, "OBJECT[@VERSION]", "Cluster, Cluster@1.4 (default: the newest version)");
         one_release(app, options, "the version that this release has");
         history(app, options);
         app.add_flag("--json", options.json, "for programs");
       }},
      {"objects diff", "what changed between two releases, or two versions of an object", cli_objects_diff,
       [](CLI::App& app, Options& options) {
         app.add_option("FROM TO", options.inputs, "kilo liberty, or Cluster@1.2 Cluster@1.3")
             ->required()
             ->expected(2);
         history(app, options);
         app.add_flag("--json", options.json, "for programs");
       }},
      {"objects fingerprint", "OVO's version-hash of objects", cli_objects_fingerprint,
       [](CLI::App& app, Options& options) {
         input(app, options, "OBJECT[@VERSION]", "Cluster, Cluster@1.4 (default: every object)", true, false);
         one_release(app, options, "the versions that this release has");
         app.add_flag("--all-versions", options.all_versions, "every version, not only the newest");
         history(app, options);
         app.add_flag("--json", options.json, "for programs");
       }},
      {"objects backport", "a primitive in, what an older receiver gets out", cli_objects_backport,
       [](CLI::App& app, Options& options) {
         input(app, options, "FILE", "a primitive as JSON; - is stdin");
         app.add_option("--to", options.target,
                        "target version of the object; children follow obj_relationships");
         one_release(app, options, "every object at the version of this release's manifest");
         history(app, options);
         app.add_flag("--json", options.json, "on one line");
       }},
      {"objects lint", "check the object history: may this change merge?", cli_objects_lint,
       [](CLI::App& app, Options& options) {
         history(app, options);
         app.add_option("--against", options.against,
                        "catalog of what has shipped: equal object and version must have equal contract");
         app.add_option(
             "--conversions", options.conversions,
             "recorded conversions of your own code (caravan-conversions/1), in place of the rules");
         app.add_option("--plant", options.plant, "a planted defect, or a benign twin (caravan list plants)");
         formats(app, options, "text, json, github, junit");
       }},
      {"version", "print the version", cli_version, nothing},
  };
  return table;
}

std::string group_of(const Command& command) {
  const std::string name = command.name;
  const auto space = name.find(' ');
  return space == std::string::npos ? "" : name.substr(0, space);
}

bool is_group(const std::string& word) {
  return std::any_of(commands().begin(), commands().end(),
                     [&word](const Command& command) { return group_of(command) == word; });
}

/// `prefix` is the group with a space, or empty.
const Command& find(const std::string& prefix, const std::string& word) {
  std::vector<std::string> known;
  for (const auto& command : commands()) {
    if (prefix + word == command.name) return command;
    const auto group = group_of(command);
    const std::string name = command.name;
    const auto shown = group.empty()           ? (prefix.empty() ? name : "")
                       : group + " " == prefix ? name.substr(prefix.size())
                       : prefix.empty() && (known.empty() || known.back() != group) ? group
                                                                                    : "";
    if (!shown.empty()) known.push_back(shown);
  }
  throw bad_request(prefix.empty() ? "" : "caravan " + prefix.substr(0, prefix.size() - 1),
                    "there is no command '" + word + "'", did_you_mean(word, known));
}

std::string usage_of_group(const std::string& group) {
  std::string text = "usage: caravan " + group + " COMMAND ...\n\n";
  for (const auto& command : commands())
    if (group_of(command) == group)
      text += fmt::format("  {:<12} {}\n", std::string(command.name).substr(group.size() + 1), command.about);
  return text + "\ncaravan " + group + " COMMAND --help says more\n";
}

std::string usage() {
  std::string text =
      "caravan rehearses rolling upgrades: real nodes at the releases you name, clients at work, and a "
      "verdict.\n\n"
      "usage: caravan COMMAND ...\n\n";
  std::string last_group;
  for (const auto& command : commands()) {
    const auto group = group_of(command);
    if (group.empty())
      text += fmt::format("  {:<12} {}\n", command.name, command.about);
    else if (group != last_group)
      text += fmt::format("  {:<12} {}\n", group,
                          "the object history: list, show, diff, fingerprint, backport, lint");
    last_group = group;
  }
  return text +
         "\ncaravan COMMAND --help says more. Begin with: caravan run kilo-to-liberty\n"
         "exit codes: 0 as expected, 1 not as expected, 2 bad request, 3 undecided, 4 the machine failed, "
         "130 interrupted\n";
}

/// What CLI11 says, in words of ours.
std::string plainly(const std::string& message) {
  static const std::pair<std::regex, const char*> ways[] = {
      {std::regex("(--[a-z-]+): \\d+ required \\S+ missing"), "$1 needs a value"},
      {std::regex("Could not convert: (--[a-z-]+) = (.*)"), "$1: '$2' is not a number"},
      {std::regex("(.*): At Most 1 required but received (\\d+)"), "one $1 at a time, not $2"},
      {std::regex("(.*): At least (\\d+) required but received (\\d+)"), "$1: $2 are needed, not $3"},
      {std::regex("(.*): (\\d+) required but received (\\d+)"), "$1: $2 are needed, not $3"},
      {std::regex("The following arguments? (?:was|were) not expected: (.*)"), "unexpected argument '$1'"}};
  for (const auto& [from, to] : ways)
    if (std::regex_match(message, from)) return std::regex_replace(message, from, to);
  return message;
}

/// CLI11's word for it, with the option that was probably meant.
Error explain(const CLI::ParseError& error, CLI::App& app, const std::string& command,
              const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto name = words[i].substr(0, words[i].find('='));
    if (name.rfind("--", 0) == 0 && std::find(known.begin(), known.end(), name) == known.end())
      return bad_request("caravan " + command, "there is no option " + name, did_you_mean(name, known));
  }
  std::string message = error.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  return bad_request("caravan " + command, plainly(message), "caravan " + command + " --help says more");
}

/// A variable of a script that was not set, rather than a wish for the default.
void refuse_empty_values(const CLI::App& app, const std::string& command) {
  for (const auto* option : app.get_options())
    for (const auto& value : option->results())
      if (value.empty())
        throw bad_request("caravan " + command, option->get_name() + " is given an empty value",
                          "leave it out for the default");
}

int dispatch(const std::vector<std::string>& words) {
  if (words.size() == 1) {
    std::fputs(reports::folded(usage(), columns_of(STDERR_FILENO)).c_str(), stderr);
    return static_cast<int>(Exit::bad_request);
  }
  if (words[1] == "--help" || words[1] == "-h" || words[1] == "help") {
    show_out(reports::folded(usage(), screen().width));
    return 0;
  }
  if (words[1] == "--version") return cli_version({});
  if (words[1].rfind('-', 0) == 0)
    throw bad_request("", "a command comes first, not '" + words[1] + "'", "caravan --help lists them");
  std::size_t used = 2;
  std::string prefix;
  if (is_group(words[1])) {
    if (words.size() == 2) {
      std::fputs(reports::folded(usage_of_group(words[1]), columns_of(STDERR_FILENO)).c_str(), stderr);
      return static_cast<int>(Exit::bad_request);
    }
    if (words[2] == "--help" || words[2] == "-h" || words[2] == "help") {
      show_out(reports::folded(usage_of_group(words[1]), screen().width));
      return 0;
    }
    prefix = words[1] + " ";
    used = 3;
  }
  const auto& command = find(prefix, words[used - 1]);
  const std::string name = command.name;
  Options options;
  options.words = words;
  CLI::App app(command.about, "caravan " + name);
  command.read_words(app, options);
  app.add_option("--color", options.color,
                 "auto (a terminal that has colours, without NO_COLOR), always, never");
  std::vector<std::string> reversed(words.rbegin(), words.rend() - static_cast<std::ptrdiff_t>(used));
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    show_out(reports::folded(app.help(), screen().width));
    return 0;
  } catch (const CLI::ParseError& error) {
    throw explain(
        error, app, name,
        std::vector<std::string>(words.begin() + static_cast<std::ptrdiff_t>(used) - 1, words.end()));
  }
  refuse_empty_values(app, name);
  choose_colours(options.color);
  return command.run(options);
}

}  // namespace

std::string format_of(const Options& options, const std::vector<std::string>& known) {
  const auto format = options.json ? std::string("json") : options.format;
  if (std::find(known.begin(), known.end(), format) != known.end()) return format;
  throw bad_request("--format", "unknown format '" + format + "'", did_you_mean(format, known));
}

int command_line(int argc, char** argv) {
  // The JSON library needs memory to free memory: then the exception cannot reach the catch below.
  std::set_terminate([] {
    std::fputs("caravan: stopped: out of memory, or a defect in this program\n", stderr);
    std::_Exit(static_cast<int>(Exit::machine));
  });
  expect_broken_outputs();
  try {
    return dispatch(std::vector<std::string>(argv, argv + argc));
  } catch (const Error& error) {
    say(std::string("caravan: ") + error.what());
    return static_cast<int>(error.exit());
  } catch (const std::bad_alloc&) {
    std::fputs("caravan: out of memory\n", stderr);
    return static_cast<int>(Exit::machine);
  } catch (const std::exception& error) {
    say(std::string("caravan: unexpected: ") + error.what());
    return static_cast<int>(Exit::machine);
  }
}

}  // namespace caravan::harness

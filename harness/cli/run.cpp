// run, plan, replay: everything is checked before the first process is started.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <filesystem>
#include <map>

#include "harness/cli/commands.hpp"
#include "harness/cli/input.hpp"
#include "harness/cli/progress.hpp"
#include "harness/cli/recording.hpp"
#include "harness/cli/run_folder.hpp"
#include "harness/defects/plants.hpp"
#include "harness/output/output_file.hpp"
#include "harness/process/limits.hpp"
#include "harness/process/process_carrier.hpp"
#include "harness/process/run_paths.hpp"
#include "harness/process/servers.hpp"
#include "harness/run/driver.hpp"
#include "harness/run/plan_check.hpp"
#include "harness/run/plan_tree.hpp"
#include "nodes/store/database_url.hpp"
#include "nodes/store/store.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/printable.hpp"
#include "objects/base/text.hpp"
#include "objects/loader/loader.hpp"
#include "objects/vocabulary/deadlines.hpp"
#include "reports/formats/render.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/planning/planner.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

/// What comes with caravan is next to it, wherever that was installed.
fs::path beside(const std::string& name) {
  std::error_code problem;
  return fs::read_symlink("/proc/self/exe", problem).parent_path() / name;
}

std::string runnable(const fs::path& path, const std::string& hint) {
  std::error_code problem;
  const auto program = fs::absolute(path, problem).lexically_normal();
  if (!fs::is_regular_file(program, problem) || ::access(program.c_str(), X_OK) != 0)
    throw machine_failed(program.string(), "there is no program of this name that can be run", hint);
  return program.string();
}

std::string node_program(const Options& options) {
  return runnable(options.node_program.empty() ? beside("caravan-node") : fs::path(options.node_program),
                  "caravan-node is expected next to caravan; --node-program names another");
}

Programs node_programs(const Plan& plan) {
  Programs found;
  for (const auto& [node, program] : plan.programs)
    found[node] = runnable(program == "python" ? beside("python/node.py") : fs::path(program),
                           fmt::format("it was to be {}", node));
  return found;
}

void name_programs(Plan& plan, const Options& options) {
  for (const auto& given : options.programs) {
    const auto equals = given.find('=');
    if (equals == std::string::npos)
      throw bad_request("--program", fmt::format("'{}' is not NODE=PROGRAM", given),
                        "such as engine.3=python");
    scenarios::add_program(plan.programs, plan.nodes, given.substr(0, equals), given.substr(equals + 1),
                           "--program");
  }
}

/// The run's database: in its folder, a private server's, or the user's own. A server stops with this.
struct RunDatabase {
  std::unique_ptr<DatabaseServer> server;
  std::string url;
};

void check_database(const std::string& name) {
  if (name.find("://") != std::string::npos) nodes::parse_database_url(name);
}

/// Of a kind that is a file.
std::string own_database(const std::string& kind, const std::string& folder) {
  return kind + "://" + folder + "/sahara.db";
}

/// A kind that is a file in the run's folder.
bool is_in_folder(const std::string& name) {
  const auto kind = word_from<DatabaseKind>(name);
  return kind && is_file(*kind);
}

RunDatabase run_database(const std::string& name, const std::string& kind, const std::string& folder) {
  if (is_in_folder(name)) return {nullptr, own_database(name, folder)};
  if (name.find("://") != std::string::npos) return {nullptr, name};
  auto server = start_server(*word_from<DatabaseKind>(kind), folder + "/logs");
  auto url = server->url();
  return {std::move(server), url};
}

std::string kind_of_database(const std::string& name) {
  const auto kind = scenarios::database_kind(name);
  if (!kind.empty()) return kind;
  const auto word = name.substr(0, name.find(':', 1));  // what follows may be a password
  throw bad_request("--database", "unknown database '" + word + "'",
                    did_you_mean(word, scenarios::database_kinds()));
}

/// As it may be shown and typed again: without a password.
std::string shown_database(const std::string& name) {
  if (name.find("://") == std::string::npos) return name;
  const auto url = nodes::parse_database_url(name);
  return is_file(url.kind) ? name : url.shown();
}

/// The command that does it again: what decides the run, not where it is written or how it is shown.
std::string command_again(const Options& options, const Plan& plan, const std::string& input) {
  auto text = fmt::format("caravan run {} --seed {}", text::shell_word(input), plan.seed);
  if (!options.plant.empty()) text += " --plant " + text::shell_word(options.plant);
  if (!options.project.empty()) text += " --project " + text::shell_word(options.project);
  if (!options.catalog.empty()) text += " --catalog " + text::shell_word(options.catalog);
  if (!options.mode.empty()) text += " --mode " + text::shell_word(options.mode);
  if (!options.database.empty()) text += " --database " + text::shell_word(shown_database(options.database));
  if (!options.programs.empty())
    text += " --program " + text::shell_word(fmt::format("{}", fmt::join(options.programs, ",")));
  if (options.timeout) text += fmt::format(" --timeout {}", *options.timeout);
  if (!options.node_program.empty()) text += " --node-program " + text::shell_word(options.node_program);
  return text;
}

struct Snapshots {
  Json unplanted = Json::object();             ///< for the header
  std::map<std::string, std::string> planted;  ///< release -> text for the nodes
  std::string note;                            ///< what was planted
};

Snapshots snapshots_of(const Plan& plan, const Catalog& catalog, const Catalog& nodes_catalog,
                       const Plant* plant) {
  Snapshots out;
  for (const auto& release : releases_of(plan, catalog)) {
    nodes_catalog.require_release(release, "--catalog");  // the project's own is checked by now
    const auto clean = snapshot(catalog, release);
    out.unplanted[release] = {{"digest", digest(clean)}, {"catalog", to_json(clean)}};
    auto given = snapshot(nodes_catalog, release);
    if (plant) {
      const auto done = plant_in(given, *plant, nodes_catalog, plan.from);
      if (!done.empty()) out.note = done;
    }
    out.planted[release] = to_json(given).dump();
  }
  if (plant && plant->shows == Plant::Shows::in_lint)
    throw bad_request("--plant", std::string(plant->name) + " shows in the object history, not in a run",
                      std::string("caravan objects lint --plant ") + plant->name);
  if (plant && !plant->hook() && out.note.empty())
    throw bad_request(
        "--plant",
        fmt::format("{} finds nothing to break between {} and {}", plant->name, plan.from, plan.to),
        "it needs a release that adds a field");
  return out;
}

Instant limit_of(const Plan& plan, const Options& options) {
  return options.timeout ? static_cast<Instant>(*options.timeout * one_second)
                         : run_limit(plan, process_deadlines());
}

/// `began`: by the carrier's clock.
Json header_of(const Plan& plan, const Options& options, const Snapshots& snapshots, const std::string& input,
               const Plant* plant, Instant began, const Deadlines& given) {
  Json nodes = Json::array();
  for (const auto& kind : plan.nodes) nodes.push_back(Json::array({kind.first, kind.second}));
  Json header = {{"format", 1},
                 {"caravan", CARAVAN_VERSION},
                 {"scenario", plan.scenario},
                 {"seed", plan.seed},
                 {"plan", print(plan)},
                 {"from", plan.from},
                 {"to", plan.to},
                 {"access", name(plan.mode.access)},
                 {"compat", name(plan.mode.compat)},
                 {"carrier", options.carrier},
                 {"database", plan.mode.database},
                 {"migration", plan.migration},
                 {"row_stamps", plan.row_stamps},
                 {"config", plan.config},
                 {"nodes", nodes},
                 {"builds", plan.programs},
                 {"plant", plant ? Json(plant->name) : Json()},
                 {"plant_check", plant ? Json(plant->check) : Json()},
                 {"expect", plan.expect},
                 {"releases", snapshots.unplanted},
                 {"command", command_again(options, plan, input)},
                 {"began", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                                       fmt::gmtime(static_cast<std::time_t>(began / one_second)))}};
  Json deadlines = Json::object();
  for (const auto& one : deadline_table)
    if (one.recorded) deadlines[one.name] = given.*one.value;
  deadlines["run"] = limit_of(plan, options);
  header["deadlines"] = deadlines;
  if (!snapshots.note.empty()) header["planted"] = snapshots.note;
  if (!options.catalog.empty()) header["nodes_load"] = options.catalog;
  if (!options.project.empty()) header["project"] = options.project;
  return header;
}

int exit_code(const reports::Report& report) {
  if (report.as_expected) return static_cast<int>(Exit::as_expected);
  return static_cast<int>(report.verdict == reports::Verdict::unknown ? Exit::undecided
                                                                      : Exit::not_as_expected);
}

std::string default_name(const Plan& plan) { return fmt::format("{}-seed{}", plan.scenario, plan.seed); }

/// An address must not name the file of an earlier run: the one in this folder is moved away when the new one
/// begins, and `--force` would empty another's.
void keep_apart(const std::string& database, const RunFolder& folder) {
  if (database.find("://") == std::string::npos || !is_file(nodes::parse_database_url(database).kind)) return;
  const fs::path named(nodes::parse_database_url(database).path);
  std::error_code none;
  const auto real = fs::canonical(named, none);
  const auto place = (none ? named : real).parent_path();
  const bool here = folder.holds_a_run() && fs::equivalent(place, folder.path(), none);
  // Of a run that is still going the claim says so.
  if (here || (!real.empty() && is_recording(place) && !reports::writer_of(place / "run.ndjson")))
    throw bad_request("--database",
                      "this is the database of an earlier run in " + (here ? folder.shown() : place.string()),
                      "`--database sqlite` makes a new one in the run's own folder");
}

reports::RunFile read_back(const std::string& recording) {
  try {
    return reports::read_run(recording);
  } catch (const Error& error) {
    throw machine_failed("", std::string(error.what()) + ": the recording was changed");
  }
}

Ground ground_of(const ProcessSetup& setup, const Snapshots& snapshots, const std::string& socket) {
  Ground ground;
  ground.add("the run's folder", setup.folder);
  ground.add("the recording", setup.folder + "/run.ndjson");
  ground.add("the folder of the nodes' logs", setup.folder + "/logs");
  for (const auto& one : snapshots.planted)
    ground.add_written("a node's snapshot", snapshot_path(setup.folder, one.first));
  ground.add_written("the catalog", catalog_path(setup.folder));
  ground.add("the broker's socket", socket);
  if (const auto database = nodes::parse_database_url(setup.database); !database.path.empty())
    ground.add("the database", database.path);
  return ground;
}

/// `input`: what the run can be repeated from, its own plan if empty. `again`: what a recording holds is run
/// once more.
int execute(const Planned& planned, const Options& options, const std::string& input, bool again = false) {
  const auto& plan = planned.plan;
  const auto format = format_of(options, reports::report_format_names());
  if (options.carrier != "process")
    throw bad_request("--carrier", "there is no carrier '" + options.carrier + "'",
                      "process is the only one");
  Catalog catalog = planned.catalog;
  check_plan(plan, catalog, planned.places);
  Catalog nodes_catalog = options.catalog.empty() ? catalog : load_catalog_folder(options.catalog);
  catalog.row_stamps = nodes_catalog.row_stamps = plan.row_stamps;
  const Plant* plant = options.plant.empty() ? nullptr : &find_plant(options.plant);
  const auto snapshots = snapshots_of(plan, catalog, nodes_catalog, plant);
  meet(needs_of(plan));
  try_processes(processes_of(plan));

  RunSetup setup;
  setup.catalog = &catalog;
  ProcessSetup processes;
  processes.program = node_program(options);
  processes.programs = node_programs(plan);
  check_database(planned.database);  // refused before anything is made
  sweep_servers();
  auto folder = options.out.empty()
                    ? RunFolder::unused(fs::path("runs") / (default_name(plan) + (again ? "-again" : "")))
                    : RunFolder(options.out);
  keep_apart(planned.database, folder);
  auto carrier = process_carrier();
  processes.folder = folder.path();
  setup.deadlines = process_deadlines();
  setup.limit = limit_of(plan, options);
  setup.plant = plant && plant->hook() ? plant->name : "";

  // All that can fail early does so here, where an earlier recording is still what it was.
  write_file(folder.starting() + "/plan.txt", print(plan));
  for (const auto& one : snapshots.planted)
    write_file(snapshot_path(folder.starting(), one.first), one.second);
  write_file(catalog_path(folder.starting()), to_json(nodes_catalog).dump());
  auto database = run_database(planned.database, plan.mode.database, folder.starting());
  auto claim = nodes::claim_database(database.url);
  nodes::SchemaOptions schema;
  schema.force = options.force;
  nodes::create_schema(database.url, nodes_catalog, plan.from, schema);
  processes.database =
      is_in_folder(planned.database) ? own_database(planned.database, folder.path()) : database.url;

  const auto recording = folder.path() + "/run.ndjson";
  const auto source = input.empty() ? folder.shown() + "/plan.txt" : input;
  Outcome outcome;
  {
    reports::RunWriter writer(folder.starting() + "/run.ndjson", folder.shown() + "/run.ndjson");
    writer.append("header", 0,
                  header_of(plan, options, snapshots, source, plant, carrier->now(), setup.deadlines));
    writer.flush();  // what takes an earlier recording's place is one
    if (const auto kept = folder.begin(); !kept.empty())
      say(fmt::format("caravan: the earlier recording in {} is kept in {}", folder.shown(), kept));
    processes.ground = ground_of(processes, snapshots, carrier->socket());
    carrier->use(processes);
    ProgressLine line(options.verbose, options.quiet);
    outcome =
        drive(plan, setup, *carrier, writer, [&line](const Progress& progress) { line.show(progress); });
  }
  claim.reset();
  database.server.reset();
  carrier.reset();  // from here on Ctrl-C ends the program as usual
  if (outcome.exit == Exit::interrupted) {
    say(fmt::format("caravan: interrupted; the cluster is stopped, the recording so far is kept in {}",
                    folder.shown()));
    return static_cast<int>(Exit::interrupted);
  }
  if (outcome.exit != Exit::as_expected)
    throw Error(outcome.exit, "", outcome.why, "the recording so far is kept in " + folder.shown());

  const auto report = reports::judge(read_back(recording));
  write_file(folder.path() + "/report.json", reports::render(report, "json"));
  if (!snapshots.note.empty()) say(fmt::format("planted {}: {}", plant->name, snapshots.note));
  auto seen = screen();
  seen.recording = folder.shown();
  auto shown = reports::render(report, format, seen);
  if (format == "text") shown += "recording: " + one_line(folder.shown()) + "\n";
  format == "text" ? show_out(shown) : print_out(shown);
  return exit_code(report);
}

bool is_plan(const std::string& text) { return text.rfind("caravan plan:", 0) == 0; }

}  // namespace

namespace {

Catalog project_catalog(const Options& options) {
  return options.project.empty() ? sahara_catalog() : load_catalog_folder(options.project);
}

Planned named_plan(const std::string& text, const Options& options, const std::string& where) {
  Planned out;
  out.catalog = project_catalog(options);
  out.plan = scenarios::parse_plan(text, where, &out.places);
  auto& plan = out.plan;
  if (options.seed && *options.seed != plan.seed)
    throw bad_request("--seed", fmt::format("the plan was made with seed {}", plan.seed),
                      "every choice in it is made");
  if (!options.mode.empty() && options.mode != scenarios::mode_name(plan.mode))
    throw bad_request("--mode", fmt::format("the plan was made for {}", scenarios::mode_name(plan.mode)),
                      "every choice in it is made");
  out.database = plan.mode.database;
  if (!options.database.empty()) {
    out.database = options.database;
    plan.mode.database = kind_of_database(options.database);
  }
  return out;
}

}  // namespace

Planned plan_of(const Options& options) {
  const auto& argument = options.inputs.front();
  Planned out;
  const auto given = input_text(argument);
  const auto text = given.value_or("");
  if (is_recording(argument) || begins_recording(text))
    throw bad_request(argument, "this is a recording, not a scenario or a plan",
                      "`caravan replay` runs its plan once more");
  if (is_plan_tree(text))
    throw bad_request(argument, "this is a plan's tree as people read it, without its operations",
                      "caravan plan SCENARIO --operations prints the plan that can be run");
  if (is_plan(text)) {
    out = named_plan(text, options, argument);
  } else {
    out.catalog = project_catalog(options);
    auto scenario = given ? scenarios::load_scenario_text(text, argument,
                                                          scenarios::scenario_format(argument), out.catalog)
                          : scenarios::find_scenario(argument, out.catalog);
    require_checks(scenario);
    if (!options.mode.empty()) scenarios::set_mode(scenario.mode, options.mode, "--mode");
    if (!options.database.empty()) {
      scenario.database = options.database;
      scenario.mode.database = kind_of_database(options.database);
    }
    out.plan = scenarios::make_plan(scenario, out.catalog, options.seed.value_or(1));
    out.database = scenario.database;
  }
  name_programs(out.plan, options);
  return out;
}

int cli_run(const Options& options) {
  const auto& input = options.inputs.front();
  return execute(plan_of(options), options, input_lasts(input) ? input : "");
}

int cli_plan(const Options& options) {
  const auto planned = plan_of(options);
  check_plan(planned.plan, planned.catalog, planned.places);
  options.operations ? print_out(print(planned.plan)) : show_out(plan_tree(planned.plan, screen()));
  return 0;
}

int cli_replay(const Options& options) {
  const auto& input = options.inputs.front();
  const auto text = input_text(input);
  if (text && is_plan(*text))
    return execute(named_plan(*text, options, input), options, input_lasts(input) ? input : "");
  const auto run = text ? reports::read_run_text(input, *text) : read_recording(input);
  // What the run was given besides its plan, unless something else is asked for.
  auto again = options;
  const auto keep = [&](std::string& option, const char* member) {
    const auto given = run.header.find(member);
    if (option.empty() && given != run.header.end() && given->is_string()) option = given->get<std::string>();
  };
  keep(again.plant, "plant");
  keep(again.project, "project");
  keep(again.catalog, "nodes_load");
  const auto planned = named_plan(run.header["plan"].get<std::string>(), again, run.path + ": event 0: plan");
  std::error_code ignored;
  return execute(planned, again,
                 fs::is_directory(input, ignored) ? (fs::path(input) / "plan.txt").string() : "", true);
}

}  // namespace caravan::harness

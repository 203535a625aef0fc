// A project that is not Sahara: a catalog and one scenario beside it are all that its rehearsal needs.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "harness/process/process_carrier.hpp"
#include "harness/process/run_paths.hpp"
#include "harness/run/driver.hpp"
#include "harness/run/plan_check.hpp"
#include "nodes/store/store.hpp"
#include "objects/loader/loader.hpp"
#include "reports/checks/judge.hpp"
#include "reports/formats/render.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/planning/planner.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

const fs::path project = CARAVAN_SOURCE_DIR "/tests/projects/library";

class Library : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "caravan-library-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Json header(const Plan& plan) const {
    Json nodes = Json::array(), releases = Json::object();
    for (const auto& [role, count] : plan.nodes) nodes.push_back(Json::array({role, count}));
    for (const auto& release : releases_of(plan, catalog_)) {
      const Catalog cut = snapshot(catalog_, release);
      releases[release] = {{"digest", digest(cut)}, {"catalog", to_json(cut)}};
    }
    return {{"format", 1},
            {"caravan", "0"},
            {"scenario", plan.scenario},
            {"seed", plan.seed},
            {"plan", print(plan)},
            {"from", plan.from},
            {"to", plan.to},
            {"access", "conductor"},
            {"compat", "backport"},
            {"carrier", "process"},
            {"database", "sqlite"},
            {"nodes", nodes},
            {"plant", nullptr},
            {"expect", plan.expect},
            {"releases", releases},
            {"command", "the test"},
            {"began", "2026-01-01T00:00:00Z"}};
  }

  Plan plan() const {
    return scenarios::make_plan(
        scenarios::load_scenario(project.parent_path() / "oak-to-pine.yaml", catalog_), catalog_, 1);
  }

  /// What the plan's run by real processes is judged to be; nodes load `of_nodes`.
  reports::Report run(const Plan& plan, const Catalog& of_nodes) const {
    const std::string url = "sqlite://" + (folder_ / "library.db").string();
    nodes::create_schema(url, catalog_, plan.from);
    fs::create_directories(folder_ / "logs");
    for (const auto& release : releases_of(plan, catalog_)) {
      const fs::path file = snapshot_path(folder_.string(), release);
      fs::create_directories(file.parent_path());
      std::ofstream(file) << to_json(snapshot(of_nodes, release)).dump();
    }
    std::ofstream(catalog_path(folder_.string())) << to_json(catalog_).dump();
    RunSetup setup;
    setup.catalog = &catalog_;
    setup.deadlines = process_deadlines();
    ProcessSetup processes;
    processes.program = CARAVAN_BIN_DIR "/caravan-node";
    processes.folder = folder_.string();
    processes.database = url;
    const auto recording = (folder_ / "run.ndjson").string();
    {
      reports::RunWriter writer(recording);
      writer.append("header", 0, header(plan));
      const auto carrier = process_carrier();
      carrier->use(processes);
      const Outcome outcome = drive(plan, setup, *carrier, writer);
      EXPECT_EQ(outcome.exit, Exit::as_expected) << outcome.why;
    }
    return reports::judge(reports::read_run(recording));
  }

  const Catalog catalog_ = load_catalog_folder(project);
  fs::path folder_;
};

TEST_F(Library, IsPlannedRunJudgedAndReported) {
  const Plan plan = this->plan();
  check_plan(plan, catalog_);
  EXPECT_NE(print(plan).find("isbn:c1-"), std::string::npos) << "sample values are the catalog's";
  const reports::Report report = run(plan, catalog_);
  const std::string text = reports::render(report, "text");
  EXPECT_EQ(report.verdict, reports::Verdict::pass) << text;
  EXPECT_NE(text.find("Shelf"), std::string::npos) << text;
}

TEST_F(Library, IsFoundOutWhereItsConversionLosesWhatItPromised) {
  Catalog careless = catalog_;
  for (ClassSpec& spec : careless.classes)
    if (spec.name == "Shelf") spec.forward.clear();  // the room of an older shelf is not taken for its hall
  const reports::Report report = run(plan(), careless);
  EXPECT_EQ(report.verdict, reports::Verdict::fail);
  EXPECT_NE(reports::render(report, "text").find("Shelf.hall"), std::string::npos)
      << reports::render(report, "text");
}

}  // namespace
}  // namespace caravan::harness

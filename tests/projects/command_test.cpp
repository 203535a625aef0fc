// The command line with a catalog that is not Sahara's: --project.
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

const std::string library = CARAVAN_SOURCE_DIR "/tests/projects/library";
const std::string scenario = CARAVAN_SOURCE_DIR "/tests/projects/oak-to-pine.yaml";

using OtherProject = ProgramTest;

TEST_F(OtherProject, PlansByItsOwnCatalog) {
  const auto tree = caravan({"plan", scenario, "--project", library});
  EXPECT_EQ(tree.code, 0) << tree.err;
  EXPECT_THAT(tree.out, HasSubstr("every node at oak: conductors, engines, apis"));
  const auto plan = caravan({"plan", scenario, "--project", library, "--operations"});
  EXPECT_THAT(plan.out, HasSubstr("isbn:c1-")) << "sample values are the catalog's";
  spill(folder / "again", plan.out);
  EXPECT_EQ(caravan({"plan", "again", "--project", library, "--operations"}).out, plan.out);
}

TEST_F(OtherProject, IsUnknownToSaharasCatalogAndSaharaToIts) {
  one_message(caravan({"plan", scenario}), 2, "unknown release \"oak\"");
  one_message(caravan({"plan", "kilo-to-liberty", "--project", library}), 2, "unknown release \"kilo\"");
  one_message(caravan({"plan", scenario, "--project", "nowhere"}), 2, "nowhere");
  spill(folder / "plan", caravan({"plan", scenario, "--project", library, "--operations"}).out);
  one_message(caravan({"plan", "plan"}), 2, "unknown release \"oak\"");
}

TEST_F(OtherProject, IsRunAndJudgedByItsOwnCatalog) {
  const auto run = caravan({"run", scenario, "--project", library, "--out", "it", "--quiet"});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("Shelf")) << "the table of objects has its classes";
  EXPECT_THAT(slurp(folder / "it" / "run.ndjson"), HasSubstr("--project " + library));
  EXPECT_EQ(caravan({"judge", "it"}).code, 0);
}

TEST_F(OtherProject, IsReplayedByTheCatalogsOfItsRun) {
  fs::copy(library, folder / "of-nodes");
  const auto run =
      caravan({"run", scenario, "--project", library, "--catalog", "of-nodes", "--out", "it", "--quiet"});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  const auto again = caravan({"replay", "it", "--out", "again", "--quiet"});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  const std::string header = slurp(folder / "again" / "run.ndjson");
  EXPECT_THAT(header, HasSubstr(R"("project":")" + library));
  EXPECT_THAT(header, HasSubstr(R"("nodes_load":"of-nodes")"));
}

TEST_F(OtherProject, IsNamedWhereNodesLoadACatalogWithoutItsReleases) {
  one_message(
      caravan({"run", scenario, "--project", library, "--catalog", CARAVAN_SOURCE_DIR "/objects/sahara"}), 2,
      "--catalog: unknown release \"oak\"");
}

}  // namespace
}  // namespace caravan::harness

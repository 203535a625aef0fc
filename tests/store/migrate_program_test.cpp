// caravan-node --migrate: one line of JSON on stdout, the reason on stderr, and an honest exit status.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "backend.hpp"
#include "inspect.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::nodes::test {
namespace {

using ::testing::HasSubstr;

class MigrateProgram : public ::testing::Test {
 protected:
  struct Ended {
    int status = 0;
    std::string out, err;
    Json said() const { return Json::parse(out).at("migration"); }
  };
  Ended run(const std::string& phase, const std::string& more = "", const std::string& from = "kilo",
            const std::string& to = "liberty") {
    const std::string at = folder_.path().string();
    const std::string command = std::string(CARAVAN_BIN_DIR) + "/caravan-node --migrate " + phase +
                                " --from " + from + " --to " + to + " --database '" + url_ + "' " + more +
                                " >" + at + "/out 2>" + at + "/err </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), text_of("out"),
            text_of("err")};
  }
  std::string text_of(const std::string& name) const {
    std::ifstream in(folder_.path() / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void add_runs(int count) {
    const auto store = open_store(url_);
    for (int i = 0; i < count; ++i)
      store->insert("job_executions",
                    {{"id", "run" + std::to_string(i)}, {"oozie_job_id", "o" + std::to_string(i)}});
    store->commit();
  }

  Folder folder_;
  std::string url_ = folder_.url("sahara.db");
};

TEST_F(MigrateProgram, SaysHowFarItCame) {
  create_schema(url_, sahara_catalog(), "kilo");
  add_runs(5);
  EXPECT_EQ(run("expand").status, 0);
  const Ended part = run("data", "--batch 2 --batches 1");
  EXPECT_EQ(part.status, 1);
  EXPECT_EQ(
      part.out,
      R"({"migration":{"phase":"data","from":"kilo","to":"liberty","status":1,"done":2,"left":3,"failed":0,)"
      R"("problems":[],"refused":null}})"
      "\n");
  const Ended early = run("contract");
  EXPECT_EQ(early.status, 3);
  EXPECT_EQ(early.said().at("left"), 3);
  EXPECT_THAT(early.said().at("refused").get<std::string>(), HasSubstr("run the phase data first"));
  EXPECT_THAT(early.err, HasSubstr("3 rows are left"));
  EXPECT_NE(run("data", "--batch 2 --die-in 1").status, 0) << "killed";
  EXPECT_EQ(run("data").said().at("done"), 3);
  EXPECT_EQ(run("contract").status, 0);
  EXPECT_EQ(run("contract").said().at("done"), 0);
}

TEST_F(MigrateProgram, StopsAtTheGateUnlessToldNotTo) {
  create_schema(url_, sahara_catalog(), "kilo");
  const auto store = open_store(url_);
  store->insert("caravan_services", {{"id", "engine.2"}, {"role", "engine"}, {"release_name", "kilo"}});
  store->commit();
  run("expand");
  EXPECT_THAT(run("contract").err, HasSubstr("engine.2 (kilo)"));
  EXPECT_EQ(run("contract").status, 3);
  EXPECT_EQ(run("contract", "--no-gate").status, 0);
}

TEST_F(MigrateProgram, NamesWhatAsReleasedCannotDo) {
  create_schema(url_, sahara_catalog(), "queens");
  const auto store = open_store(url_);
  store->insert("node_groups", {{"id", "g"},
                                {"name", "g"},
                                {"flavor_id", "1"},
                                {"count", 1},
                                {"volumes_per_node", 0},
                                {"node_processes", "[]"}});
  store->commit();
  const Ended one = run("as-released", "", "queens", "rocky");
  EXPECT_EQ(one.status, 2);
  EXPECT_THAT(one.err, HasSubstr("revision 034: node_groups.boot_from_volume"));
  EXPECT_THAT(one.said().at("problems").at(0).get<std::string>(),
              HasSubstr("the database stays at revision 033"));
}

TEST_F(MigrateProgram, HasNoLineOfJsonForWhatIsNoMigration) {
  EXPECT_EQ(run("expand").status, 4);
  EXPECT_THAT(run("expand").err, HasSubstr("no such database file"));
  create_schema(url_, sahara_catalog(), "kilo");
  EXPECT_EQ(run("expnad").status, 2);
  EXPECT_EQ(run("expand", "", "liberty", "mitaka").status, 4);
  EXPECT_THAT(text_of("err"), HasSubstr("the database is at kilo"));
  EXPECT_EQ(text_of("out"), "");
}

}  // namespace
}  // namespace caravan::nodes::test

// The judge's time grows with the events, not with their square.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

TEST(Scale, ARowThatIsWrittenAndReadThousandsOfTimesIsJudgedAtOnce) {
  RunBuilder run;
  run.usual();
  const Json data = {{"id", "t1"},
                     {"name", "small"},
                     {"plugin_name", "vanilla"},
                     {"hadoop_version", "2.6"},
                     {"is_public", true}};
  run.create("api.2#1", "ClusterTemplate", data);
  for (int i = 0; i < 3000; ++i) {
    run.save(i % 2 ? "api.1#1" : "api.2#1", "ClusterTemplate", "t1",
             {{"description", "edit " + std::to_string(i)}});
    run.get(i % 2 ? "api.2#1" : "api.1#1", "ClusterTemplate",
            run.row_data(i % 2 ? "liberty" : "kilo", "ClusterTemplate", "t1"));
  }
  EXPECT_GT(run.events.size(), 30000U);
  const auto report = run.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
  EXPECT_GT(report.matrix.at("ClusterTemplate").at("liberty").at("kilo").get<int>(), 1000);
}

TEST(Scale, ManyRowsOfOneTenantAreJudgedAtOnce) {
  RunBuilder run;
  run.usual();
  for (int i = 0; i < 3000; ++i)
    run.create("api.2#1", "ClusterTemplate",
               {{"id", "t" + std::to_string(i)},
                {"name", "n" + std::to_string(i)},
                {"plugin_name", "p"},
                {"hadoop_version", "1"},
                {"tenant_id", "one"}});
  EXPECT_TRUE(failing(run.judged()).empty());
}

}  // namespace
}  // namespace caravan::reports

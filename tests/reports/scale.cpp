// The judge's time grows with the events, not with their square.
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan {
namespace {

TEST(Scale, ARowThatIsWrittenAndReadThousandsOfTimesIsJudgedAtOnce) {
  RunBuilder tale;
  tale.usual();
  const Json data = {{"id", "t1"},
                     {"name", "small"},
                     {"plugin_name", "vanilla"},
                     {"hadoop_version", "2.6"},
                     {"is_public", true}};
  tale.create("api.2#1", "ClusterTemplate", data);
  for (int i = 0; i < 3000; ++i) {
    tale.save(i % 2 ? "api.1#1" : "api.2#1", "ClusterTemplate", "t1",
              {{"description", "edit " + std::to_string(i)}});
    tale.get(i % 2 ? "api.2#1" : "api.1#1", "ClusterTemplate",
             tale.row_data(i % 2 ? "liberty" : "kilo", "ClusterTemplate", "t1"));
  }
  EXPECT_GT(tale.events.size(), 30000U);
  const auto report = tale.judged();
  EXPECT_TRUE(failing(report).empty()) << render(report, "text");
  EXPECT_GT(report.matrix.at("ClusterTemplate").at("liberty").at("kilo").get<int>(), 1000);
}

TEST(Scale, ManyRowsOfOneTenantAreJudgedAtOnce) {
  RunBuilder tale;
  tale.usual();
  for (int i = 0; i < 3000; ++i)
    tale.create("api.2#1", "ClusterTemplate",
                {{"id", "t" + std::to_string(i)},
                 {"name", "n" + std::to_string(i)},
                 {"plugin_name", "p"},
                 {"hadoop_version", "1"},
                 {"tenant_id", "one"}});
  EXPECT_TRUE(failing(tale.judged()).empty());
}

}  // namespace
}  // namespace caravan

// Moments: the same one in many spellings.
#include "reports/facts/moment.hpp"

#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

TEST(Moment, IsTheSameInEverySpelling) {
  for (const char* same : {"2026-01-01T08:00:00Z", "2026-01-01T10:00:00+02:00", "2026-01-01T10:00:00+0200",
                           "2026-01-01T10:00:00+02", "2026-01-01 08:00:00", "2026-01-01 08:00:00.000000",
                           "2026-01-01 08:00:00+00", "2026-01-01T08:00:00.999999Z",
                           "2026-01-01T08:00:00,5+00:00", "2025-12-31T23:30:00-08:30", "2026-01-01T08:00",
                           "2026-01-01T08", "20260101T080000Z", "2026-1-1T08:00:0Z"})
    EXPECT_EQ(moment_in_utc(same), "2026-01-01T08:00:00Z") << same;
}

TEST(Moment, MayBeBeforeTheEpochAndAcrossTheEndOfAYear) {
  EXPECT_EQ(moment_in_utc("1969-12-31T23:59:59-00:01"), "1970-01-01T00:00:59Z");
  EXPECT_EQ(moment_in_utc("1900-03-01T00:00:00+01:00"), "1900-02-28T23:00:00Z");
  EXPECT_EQ(moment_in_utc("2015-12-31T24:00:00Z"), "2016-01-01T00:00:00Z");
  EXPECT_EQ(moment_in_utc("2016-02-29"), "2016-02-29T00:00:00Z");
}

TEST(Moment, IsNotWhatOnlyLooksLikeOne) {
  for (const char* other :
       {"", "soon", "2015-02-29T00:00:00Z", "2015-13-01T00:00:00Z", "2015-01-01T24:00:01Z",
        "2015-01-01T10:60:00Z", "2015-01-01T10:00:00+24:00", "2015-01-01T10:00:00 Z", "2015-01-01T",
        "2015-01-01T10:00:00Zulu", "2015-01-01T10:00:00+"})
    EXPECT_EQ(moment_in_utc(other), std::nullopt) << other;
}

// What a client sends with an offset is stored without it.
TEST(Moment, StoredInUtcIsNotLost) {
  RunBuilder run;
  run.usual();
  Json data = {{"id", "r1"}, {"start_time", "2026-01-01T10:00:00+02:00"}};
  run.invoke("s1", "create", "JobExecution", "r1", "api.2", data);
  const auto call = run.ask("api.2#1", "create",
                            run.primitive("liberty", "JobExecution", data, {"id", "start_time"}), "s1");
  run.insert("JobExecution", "r1", {{"id", "r1"}, {"start_time", "2026-01-01T08:00:00Z"}});
  run.done(call, "api.2#1");
  run.ok("s1", run.primitive("liberty", "JobExecution", data));
  const auto report = run.judged();
  EXPECT_EQ(first_of(report, "no-data-loss"), "pass");
  EXPECT_EQ(first_of(report, "wire-schema"), "pass");
}

}  // namespace
}  // namespace caravan::reports

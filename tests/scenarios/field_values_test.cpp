// What a field cannot hold as it was written is refused when planning, with its place: what is stored would
// be something else, and called a loss.
#include "scenarios/plan/field_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/support.hpp"

using namespace caravan;
using namespace caravan::scenarios;
using namespace caravan::scenarios::tests;
using testing::HasSubstr;

namespace {

std::string planned_with(const std::string& steps, const std::string& releases = "kilo, to: liberty") {
  return refusal(
      [&] { plan_of(yaml("format: 1\nname: x\nreleases: {from: " + releases + "}\nsteps:\n" + steps)); });
}

/// One create of a class with one field, through an api of the older release.
std::string created_with(const std::string& object, const std::string& value) {
  return planned_with("  - do: {create: " + object + ", set: {" + value + "}}\n");
}

}  // namespace

TEST(FieldValues, AreRefusedWithTheirPlaceAndWhatWasMeant) {
  EXPECT_EQ(
      planned_with(
          "  - migrate: expand\n  - do: {create: Job, as: J, set: {description: 5}}\n  - do: {read: J}\n"),
      "s.yaml:6:49: Job.description at kilo: it holds text (String), 5 is not; in quotes: \"5\"; `raw: "
      "true` sends it as it is");
  EXPECT_EQ(planned_with("  - do:\n      create: Job\n      set:\n        description: true\n"),
            "s.yaml:8:22: Job.description at kilo: it holds text (String), true is not; in quotes: \"true\"; "
            "`raw: true` sends it as it is");
}

struct Wrong {
  const char *object, *value, *told;
};

TEST(FieldValues, OfEveryTypeAreLookedAt) {
  for (const Wrong& one : std::vector<Wrong>{
           {"Job", "description: [a]", "it holds text (String), [\"a\"] is not"},
           {"Job", "description: {a: 1}", "it holds text (String)"},
           {"Job", "description: \"ab\\0cd\"", "no database takes with a NUL character in it"},
           {"Job", "description: 1.5", "in quotes: \"1.5\""},
           {"Job", "name: null", "it may not be null; leave it out"},
           {"Job", "type: Pigg", "\"Pigg\" is not one of its values; did you mean \"Pig\"?"},
           {"Job", "type: 5", "it holds text (Enum), 5 is not"},
           {"NodeGroupTemplate", "volumes_size: \"5\"",
            "it holds a whole number (Integer), \"5\" is not; without quotes: 5"},
           {"NodeGroupTemplate", "volumes_size: 5.0", "it holds a whole number (Integer)"},
           {"NodeGroupTemplate", "volumes_size: true", "it holds a whole number (Integer)"},
           {"NodeGroupTemplate", "volumes_size: 2147483648", "2147483648 does not fit INTEGER"},
           {"NodeGroupTemplate", "volumes_size: -2147483649", "does not fit INTEGER"},
           {"NodeGroupTemplate", "is_proxy_gateway: \"true\"",
            "it holds true or false (Boolean), \"true\" is not; without quotes: true"},
           {"NodeGroupTemplate", "is_proxy_gateway: 1", "it holds true or false (Boolean), 1 is not"},
           {"NodeGroupTemplate", "is_proxy_gateway: \"yes\"", "it holds true or false (Boolean)"},
           {"NodeGroupTemplate", "node_processes: {a: b}", "it holds a list"},
           {"NodeGroupTemplate", "node_processes: namenode", "it holds a list"},
           {"NodeGroupTemplate", "node_configs: [a]", "it holds a map"},
           {"NodeGroupTemplate", "node_configs: x", "it holds a map"},
           {"JobExecution", "start_time: yesterday", "it holds a time, \"yesterday\": not a time"},
           {"JobExecution", "start_time: 5", "it holds text (DateTime)"},
           {"JobExecution", "start_time: \"2026-01-02T03:04:05.5Z\"",
            "a fraction of a second cannot be sent"},
           {"JobExecution", "start_time: \"2026-13-02T03:04:05Z\"", "not a time"},
           {"JobExecution", "start_time: \"0999-12-31T23:59:59Z\"", "a year below 1000"},
           {"JobExecution", "start_time: \"1000-01-01T00:59:59+01:00\"", "a year below 1000"},
           {"JobExecution", "start_time: \"9999-12-31T23:00:00-01:00\"", "above 9999, in UTC"},
           {"Cluster", "node_groups: 5", "it holds a list (ListOfObjects), 5 is not"},
           {"Cluster", "node_groups: [5]", "Cluster.node_groups holds maps, one a NodeGroup; 5 is not"},
           {"Cluster", "node_groups: [{name: 5}]",
            "NodeGroup.name at kilo: it holds text (String), 5 is not"},
           {"Cluster", "node_groups: [{count: two}]", "NodeGroup.count at kilo: it holds a whole number"},
           {"Cluster", "node_groups: [{nmae: x}]",
            "NodeGroup of kilo has no field nmae; did you mean \"name\"?"},
           {"ClusterTemplate", "node_groups: [{name: a}, {volumes_size: x}]",
            "TemplatesRelation.volumes_size at kilo"},
       })
    EXPECT_THAT(created_with(one.object, one.value), HasSubstr(one.told)) << one.object << " " << one.value;
}

TEST(FieldValues, LongerThanTheColumnAreRefused) {
  EXPECT_THAT(created_with("Job", "name: " + std::string(81, 'x')),
              HasSubstr("81 characters do not fit VARCHAR(80)"));
  EXPECT_EQ(created_with("Job", "name: " + std::string(80, 'x')), "accepted");
}

TEST(FieldValues, ThatFitAreAccepted) {
  for (const char* value :
       {"description: \"5\"", "description: null", "type: Pig", "description: $$5", "description: ä"})
    EXPECT_EQ(created_with("Job", value), "accepted") << value;
  for (const char* value :
       {"volumes_size: 5", "volumes_size: 2147483647", "volumes_size: null", "is_proxy_gateway: false",
        "node_processes: [a]", "node_processes: []", "node_configs: {a: {b: 1}}"})
    EXPECT_EQ(created_with("NodeGroupTemplate", value), "accepted") << value;
  EXPECT_EQ(created_with("Cluster", "node_groups: [{name: a, count: 2}]"), "accepted");
}

TEST(FieldValues, AreLookedAtWhereverTheyAreWritten) {
  const std::string made = "  - do: {create: Job, as: J}\n";
  EXPECT_THAT(planned_with(made + "  - do: {update: J, set: {description: 5}}\n"),
              HasSubstr("s.yaml:6:40: Job.description at kilo"));
  EXPECT_THAT(planned_with(made + "  - do: {read: J, want: {description: 5}}\n"),
              HasSubstr("s.yaml:6:39: Job.description at kilo"));
  EXPECT_THAT(planned_with(made + "  - do: {read: J, want: {name: null}}\n"),
              HasSubstr("it may not be null"));
  EXPECT_THAT(planned_with(made + "  - do: {list: Job, where: {name: 5}}\n"),
              HasSubstr("s.yaml:6:35: Job.name at kilo"));
  EXPECT_THAT(planned_with(made + "  - do: {list: Job, where: {type: Pigg}}\n"),
              HasSubstr("did you mean \"Pig\"?"));
  EXPECT_THAT(planned_with(made + "  - do: {run: J, set: {job_configs: 5}}\n"),
              HasSubstr("JobExecution.job_configs"));
  EXPECT_THAT(planned_with(made + "  - do: {read: J, load: [nmae]}\n"),
              HasSubstr("whose Job has no field nmae"));
  EXPECT_THAT(
      planned_with(
          "  - do: {create: Cluster, as: C}\n  - wait: settle\n  - do: {scale: C, set: {node_group: 5, "
          "count: 2}}\n"),
      HasSubstr("node_group is the name of a node group"));
  EXPECT_THAT(
      planned_with(
          "  - do: {create: Cluster, as: C}\n  - wait: settle\n  - do: {scale: C, set: {count: -1}}\n"),
      HasSubstr("zero or more"));
}

TEST(FieldValues, AReferenceIsTheIdOfTheRightClass) {
  EXPECT_EQ(planned_with("  - do: {create: Job, as: J}\n  - do: {create: JobExecution, set: {job_id: $J}}\n"),
            "accepted");
  EXPECT_EQ(
      planned_with("  - do: {create: Cluster, as: C}\n  - do: {create: JobExecution, set: {job_id: $C}}\n"),
      "s.yaml:6:46: JobExecution.job_id is the id of a Job, and C is a Cluster");
}

TEST(FieldValues, TheIdOfARowIsThePlanners) {
  EXPECT_THAT(created_with("Job", "id: x"), HasSubstr("the planner gives every row its id"));
}

TEST(FieldValues, AreThoseOfTheReleaseThatIsAsked) {
  const std::string half = "  - migrate: expand\n  - upgrade: [conductor, api.1]\n";
  EXPECT_THAT(planned_with(half + "  - do: {create: Job, via: api.2, set: {is_public: true}}\n"),
              HasSubstr("s.yaml:7:52: api.2 is at kilo, whose Job has no field is_public"));
  EXPECT_THAT(planned_with(half + "  - do: {create: Job, via: api.1, set: {is_public: 1}}\n"),
              HasSubstr("Job.is_public at liberty: it holds true or false"));
}

TEST(FieldValues, MayBeSentAsTheyAreOnPurpose) {
  EXPECT_EQ(planned_with("  - do: {create: Job, set: {description: 5}, raw: true}\n"), "accepted");
  EXPECT_EQ(planned_with("  - do: {create: Job, set: {description: 5}, raw: false}\n").substr(0, 12),
            "s.yaml:5:42:");
  EXPECT_EQ(planned_with("  - do: {create: Job, as: J}\n  - do: {delete: J, raw: true}\n"),
            "s.yaml:6:21: delete has no \"raw\"");
}

TEST(FieldValues, ThatARefusalIsExpectedOfMustBeRefused) {
  EXPECT_EQ(planned_with("  - do: {create: Job, set: {type: Pigg}, expect: refused}\n"), "accepted");
  EXPECT_EQ(planned_with("  - do: {create: Job, set: {name: null}, expect: refused}\n"), "accepted");
  // Taken for "5".
  EXPECT_THAT(planned_with("  - do: {create: Job, set: {description: 5}, expect: refused}\n"),
              HasSubstr("the api would take it for something else without refusing it"));
}

TEST(FieldValues, OfTypesThatSaharaDoesNotUseAreKnownToo) {
  const auto wrong = [](const char* type, const Json& value) {
    FieldSpec field;
    field.name = "x";
    field.type.name = type;
    const auto found = misfit_of(field, value);
    return found ? found->why : "";
  };
  EXPECT_THAT(wrong("UUID", "not-one"), HasSubstr("it holds a UUID"));
  EXPECT_EQ(wrong("UUID", "0a1b2c3d-0000-4000-8000-0123456789ab"), "");
  EXPECT_THAT(wrong("NonNegativeInteger", -1), HasSubstr("below zero"));
  EXPECT_THAT(wrong("Float", "x"), HasSubstr("a number"));
  EXPECT_EQ(wrong("Float", 5), "");
  EXPECT_THAT(wrong("Dict", Json::array()), HasSubstr("a map"));
  EXPECT_THAT(wrong("List", Json::object()), HasSubstr("a list"));
}

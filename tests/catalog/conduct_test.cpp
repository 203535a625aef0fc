// How the rows of a class live, and what clients do with them, is data of the class.
#include <gtest/gtest.h>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

class Conducted : public testing::Test {
 protected:
  static std::string loading(const Json& releases, const Json& shelf) {
    try {
      load_catalog_files({{"releases.json", "releases.json", releases.dump()},
                          {"Shelf.json", "Shelf.json", shelf.dump()},
                          {"Book.json", "Book.json", book().dump()}});
    } catch (const Error& error) {
      EXPECT_EQ(error.exit(), Exit::bad_request);
      const std::string what = error.what();
      return what.substr(what.find(" /") + 1);  // without line and column
    }
    return "no error";
  }

  std::string with_conduct(const std::string& conduct) const {
    Json wrong = shelf_;
    wrong["conduct"] = Json::parse(conduct);
    return loading(releases_, wrong);
  }
  std::string with_load(const std::string& load) const {
    Json wrong = shelf_;
    wrong["load"] = Json::parse(load);
    return loading(releases_, wrong);
  }

  static Json book() {
    return Json::parse(R"json({
      "format": "caravan-class/1", "name": "Book", "table": "books", "versions": {"1.0": "old"},
      "fields": [{"name": "id", "type": "String", "sql": "VARCHAR(36)", "primary_key": true},
                 {"name": "shelf_id", "type": "String", "sql": "VARCHAR(36)", "references": ["shelves", "id"]}]})json");
  }

  Json releases_ = Json::parse(R"json({
    "format": "caravan-releases/1", "objects": ["Shelf", "Book"],
    "interfaces": [{"topic": "engine", "methods": [{"name": "build", "style": "cast", "since": "1.0",
                                                    "args": [{"name": "way"}]}]}],
    "releases": [{"name": "old", "manifest": {"Shelf": "1.0", "Book": "1.0"}, "rpc": {"engine": "1.0"},
                  "enums": {"shelf_state": ["empty", "full"]}}],
    "hooks": [{"name": "moves", "since": "old", "why": "it does"}],
    "transitions": {"shelf": [["(no row)", "empty", "api"], ["empty", "full", "engine"]]}})json");
  Json shelf_ = Json::parse(R"json({
    "format": "caravan-class/1", "name": "Shelf", "table": "shelves", "versions": {"1.0": "old"},
    "fields": [{"name": "id", "type": "String", "sql": "VARCHAR(36)", "primary_key": true},
               {"name": "state", "type": "String", "sql": "VARCHAR(80)"},
               {"name": "width", "type": "Integer", "nullable": true, "sql": "INTEGER"},
               {"name": "books", "type": "ListOfObjects", "class": "Book", "key": "shelf_id"}],
    "conduct": {"life": {"status": "state", "transitions": ["shelf"], "states": "shelf_state",
                         "rests": ["full"], "fails_in": ["full"], "casts": {"create": "build"},
                         "carries": {"how": "way"}, "accepted_in": {"delete": ["empty"]}},
                "holders": [{"role": "engine", "may": "asked", "why": "it reads"}],
                "work": ["state", "width"], "kept": ["width"], "counts": {"books": "width"}},
    "load": {"parents": {"Book": 30}, "cost": 5, "never": ["state"], "inside": {"books": 10},
             "values": {"width": {"$number": 3}}}})json");
};

TEST_F(Conducted, ClassesLoad) { EXPECT_EQ(loading(releases_, shelf_), "no error"); }

TEST_F(Conducted, ClassesNameFieldsThatThereAre) {
  EXPECT_EQ(with_conduct(R"({"wrok": []})"), R"(/conduct/wrok: unknown key "wrok"; did you mean "work"?)");
  EXPECT_EQ(with_conduct(R"({"life": {"status": "sate", "transitions": ["shelf"]}})"),
            R"(/conduct/life/status: "sate" is not a field; did you mean "state"?)");
  EXPECT_EQ(with_conduct(R"({"work": ["widht"]})"),
            R"(/conduct/work/0: unknown field "widht"; did you mean "width"?)");
  EXPECT_EQ(with_conduct(R"({"counts": {"width": "width"}})"),
            R"(/conduct/counts/width: "width" is not a list of children; known: books)");
  EXPECT_EQ(with_load(R"({"values": {"widht": 1}})"),
            R"(/load/values/widht: "widht" is not a field; did you mean "width"?)");
}

TEST_F(Conducted, ClassesNameTablesEnumsAndClassesThatThereAre) {
  EXPECT_EQ(with_conduct(R"({"life": {"status": "state", "transitions": ["shlf"]}})"),
            R"(/conduct/life/transitions/0: unknown table of transitions "shlf"; did you mean "shelf"?)");
  EXPECT_EQ(
      with_conduct(R"({"life": {"status": "state", "transitions": ["shelf"], "states": "shelf_sate"}})"),
      R"(/conduct/life/states: unknown enum "shelf_sate"; did you mean "shelf_state"?)");
  EXPECT_EQ(with_load(R"({"parents": {"Bok": 1}})"),
            R"(/load/parents/Bok: "Bok" is not a class; did you mean "Book"?)");
  EXPECT_EQ(with_load(R"({"needs": ["Bok"]})"),
            R"(/load/needs/0: unknown class "Bok"; did you mean "Book"?)");
}

TEST_F(Conducted, ClassesSayHowWorkIsHandedOn) {
  EXPECT_EQ(with_conduct(R"({"life": {"status": "state", "transitions": ["shelf"], "casts": ["crate"]}})"),
            R"(/conduct/life/casts/0: unknown method "crate"; did you mean "create"?)");
  EXPECT_EQ(
      with_conduct(R"({"life": {"status": "state", "transitions": ["shelf"], "casts": {"crate": "build"}}})"),
      R"(/conduct/life/casts/crate: "crate" is not a method; did you mean "create"?)");
  EXPECT_EQ(with_conduct(
                R"({"life": {"status": "state", "transitions": ["shelf"], "casts": {"create": "built"}}})"),
            R"(/conduct/life/casts/create: unknown method of the engine "built"; did you mean "build"?)");
  EXPECT_EQ(with_conduct(
                R"({"life": {"status": "state", "transitions": ["shelf"], "casts": {"create": "build"}}})"),
            "no error");
}

TEST_F(Conducted, ClassesSayWhenWorkWasTakenUp) {
  EXPECT_EQ(with_load(R"({"left_in": {"create": "empty"}, "taken_in": {"create": ["full"]}})"), "no error");
  EXPECT_EQ(with_load(R"({"left_in": {"delete": "empty"}})"),
            R"(/load/left_in/delete: "delete" is not cast; known: create)");
  EXPECT_EQ(with_load(R"({"taken_in": {"create": ["ful"]}})"),
            R"(/load/taken_in/create/0: unknown status "ful"; did you mean "full"?)");
}

TEST_F(Conducted, ClassesSayWhatIsWrittenBeside) {
  EXPECT_EQ(with_load(R"({"goes_with": {"state": {"width": 2}}, "size": "width", "longer": {"state": "x"}})"),
            "no error");
  EXPECT_EQ(with_load(R"({"goes_with": {"state": {"wdith": 2}}})"),
            R"(/load/goes_with/state/wdith: "wdith" is not a field; did you mean "width"?)");
}

TEST(Work, IsTakenUpWhenTheRowLeavesWhereTheApiLeftItOrShowsIt) {
  Workload load;
  load.left_in["create"] = "empty";
  load.taken_in["scale"] = {"growing"};
  EXPECT_FALSE(load.shows_taken_up("create", "empty"));
  EXPECT_TRUE(load.shows_taken_up("create", "full"));
  EXPECT_TRUE(load.shows_taken_up("scale", "growing"));
  EXPECT_FALSE(load.shows_taken_up("scale", "full"));
  EXPECT_FALSE(load.shows_taken_up("delete", "full"));
}

TEST_F(Conducted, ClassesNameArgumentsStatesAndHooksThatThereAre) {
  const auto with_life = [this](const std::string& more) {
    return with_conduct(
        R"({"life": {"status": "state", "transitions": ["shelf"], "states": "shelf_state", )" + more + "}}");
  };
  EXPECT_EQ(
      with_life(R"("carries": {"how": "wya"})"),
      R"(/conduct/life/carries/how: unknown argument of an engine's method "wya"; did you mean "way"?)");
  EXPECT_EQ(with_life(R"("fails_in": ["fulll"])"),
            R"(/conduct/life/fails_in/0: unknown state "fulll"; did you mean "full"?)");
  EXPECT_EQ(with_life(R"("accepted_in": {"delete": ["emty"]})"),
            R"(/conduct/life/accepted_in/delete/0: unknown state "emty"; did you mean "empty"?)");
  EXPECT_EQ(with_conduct(R"({"follows": "id", "follows_by": "move"})"),
            R"(/conduct/follows_by: unknown hook "move"; did you mean "moves"?)");
}

TEST_F(Conducted, ClassesMakeSense) {
  EXPECT_EQ(with_conduct(R"({"kept": ["width"], "work": ["state"]})"),
            R"(/conduct/kept/0: unknown field of "work" "width"; known: state)");
  EXPECT_EQ(with_conduct(R"({"run": {"of": "id"}})"),
            R"(/conduct/run: a run has a life; declare "life", too)");
  EXPECT_EQ(with_load(R"({"parents": {"Book": 101}})"),
            R"(/load/parents/Book: a percentage was expected; 0 to 100)");
}

TEST(SaharaConduct, SaysWhatRestsAndWhatIsCast) {
  const LifeSpec* cluster = sahara_catalog().life("Cluster");
  const LifeSpec* run = sahara_catalog().life("JobExecution");
  ASSERT_NE(cluster, nullptr);
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(cluster->path(), "status");
  EXPECT_EQ(run->path(), "info.status");
  EXPECT_TRUE(cluster->rests_in("AwaitingTermination"));
  EXPECT_TRUE(run->rests_in("PREPSUSPENDED"));
  EXPECT_FALSE(cluster->rests_in("Deleting"));
  EXPECT_EQ(sahara_catalog().acted_on_by("scale")->name, "Cluster");
  EXPECT_EQ(sahara_catalog().acted_on_by("cancel")->name, "JobExecution");
  EXPECT_EQ(run->cast_for("suspend"), "job_execution_suspend");
  EXPECT_EQ(cluster->cast_for("update"), "");
  EXPECT_TRUE(cluster->takes("scale", "Active"));
  EXPECT_FALSE(cluster->takes("scale", "Spawning"));
  EXPECT_TRUE(cluster->takes("delete", "Spawning"));
  EXPECT_TRUE(cluster->failed_in("Rollback: Waiting"));
  EXPECT_EQ(sahara_catalog().life("Job"), nullptr);
}

TEST(SaharaConduct, IsCutToTheRelease) {
  const Catalog kilo = snapshot(sahara_catalog(), "kilo");
  EXPECT_FALSE(kilo.life("JobExecution")->rests_in("SUSPENDED"));
  EXPECT_FALSE(kilo.history("JobExecution")->conduct.works_on("engine_job_id"));
  EXPECT_TRUE(kilo.history("JobExecution")->conduct.works_on("oozie_job_id"));
  EXPECT_TRUE(kilo.history("JobExecution")->conduct.run->adds.empty());
  EXPECT_TRUE(kilo.life("JobExecution")->is_cast("suspend"));
  EXPECT_EQ(kilo.life("JobExecution")->cast_for("suspend"), "");
  EXPECT_EQ(kilo.life("JobExecution")->cast_for("cancel"), "cancel_job_execution");
  EXPECT_TRUE(kilo.life("Cluster")->carries.empty());
  EXPECT_EQ(kilo.history("TemplatesRelation")->conduct.follows_by, "");
  for (const ClassHistory& history : kilo.histories) EXPECT_TRUE(history.load.empty()) << history.name;
}

TEST(SaharaConduct, SurvivesTheDocument) {
  const Json document = to_json(sahara_catalog());
  EXPECT_EQ(to_json(load_catalog(document, "a copy")), document);
}

}  // namespace
}  // namespace caravan

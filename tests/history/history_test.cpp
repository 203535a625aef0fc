// The cases of Sahara's history, each run in every mode that its scenario speaks of. What happens makes the
// table of docs/what-versioned-objects-buy.md; CARAVAN_GOLDEN=write writes it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "tests/e2e/command.hpp"

namespace caravan {
namespace {

using testing::caravan;
using testing::Folder;
using testing::Outcome;
using testing::report_of;
using testing::slurp;
using testing::spill;

struct History {
  const char* number;    ///< as in the table
  const char* scenario;  ///< scenarios/history/NAME.yaml
  const char* database;
};
void PrintTo(const History& history, std::ostream* out) {
  *out << history.scenario << " on " << history.database;
}

// Where the outcome depends on the database, all of them.
const History cases[] = {
    {"1", "rename", "sqlite"},
    {"1", "rename", "postgresql"},
    {"1", "rename", "mariadb"},
    {"2", "boot-from-volume", "sqlite"},
    {"2", "boot-from-volume", "postgresql"},
    {"2", "boot-from-volume", "mariadb"},
    {"2", "boot-from-volume-rows", "sqlite"},
    {"2", "boot-from-volume-rows", "postgresql"},
    {"2", "boot-from-volume-rows", "mariadb"},
    {"3", "template-edit", "sqlite"},
    {"4", "protected", "sqlite"},
    {"4", "default-after-migration", "sqlite"},
    {"5", "null-integers", "sqlite"},
    {"6", "job-status", "sqlite"},
    {"7", "who-built-it", "sqlite"},
    {"8", "target-for-ever", "sqlite"},
    {"9", "job-interface", "sqlite"},
    {"10", "secret-or-key", "sqlite"},
    {"11", "stopped-mid-create", "sqlite"},
};
const char* const modes[] = {"direct/none", "conductor/backport", "conductor/pin"};

std::string path_of(const History& history) {
  return fmt::format("{}/scenarios/history/{}.yaml", CARAVAN_SOURCE_DIR, history.scenario);
}

const std::string page = CARAVAN_SOURCE_DIR "/docs/what-versioned-objects-buy.md";

std::string value_in(const std::string& text, const std::string& key) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("(?:^|\n)" + key + ": ([^\n]*)")) ? found[1].str() : "";
}

/// What a person reads of the step: its words in the plan.
std::string words_of(const std::string& plan, const std::string& step) {
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    const auto start = line.find_first_not_of(' ');
    if (start == std::string::npos || line.compare(start, step.size() + 1, step + " ") != 0) continue;
    const auto why = line.find(" : ");
    return why == std::string::npos ? line.substr(start) : line.substr(why + 3);
  }
  return "";
}

/// What the scenario expects in the mode of this run.
Json expected_of(const std::string& folder) {
  std::ifstream recording(folder + "/run.ndjson");
  std::string header;
  std::getline(recording, header);
  return Json::parse(header).at("expect");
}

std::string cell(const Json& report, const Json& expect, const std::string& plan) {
  const auto verdict = report.at("verdict").get<std::string>();
  const int refused = report.at("counts").at("operations").at("refused").get<int>();
  if (verdict == "pass" && refused > 0)
    return fmt::format("passes; {} lawfully refused",
                       refused == 1 ? "one operation" : std::to_string(refused));
  if (verdict != "fail") return verdict == "pass" ? "passes" : verdict;
  const auto first = report.at("first").get<std::string>();
  for (const Json& check : report.at("checks")) {
    if (check.at("check") != first) continue;
    const Json& witness = check.at("witnesses").at(0);
    auto place = witness.at("object").get<std::string>();
    if (!witness.at("field").get<std::string>().empty())
      place += "." + witness.at("field").get<std::string>();
    // What an operation set going comes to light in its step or in the wait after it: the scenario names one.
    const auto step = expect.at(first).at("at").get<std::string>();
    return fmt::format("**fails** `{}` at {}, step {}: {}", first, place, step, words_of(plan, step));
  }
  return "fails";
}

std::string head(const History& history) {
  return fmt::format("| {} | [{}](../scenarios/history/{}.yaml) | {} |", history.number, history.scenario,
                     history.scenario, history.database);
}

/// Puts the row where its case stands in the table, in place of the one that is there.
void write_row(const History& history, const std::string& row) {
  const std::string text = slurp(page), start = "| case |";
  const auto table = text.find(start);
  ASSERT_NE(table, std::string::npos);
  std::string above = text.substr(0, table), below;
  std::vector<std::string> rows;
  std::istringstream lines(text.substr(table));
  std::string frame;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| ", 0) != 0 && line.rfind("|-", 0) != 0) {
      below += line + "\n";
    } else if (line.rfind(start, 0) == 0 || line.rfind("|-", 0) == 0) {
      frame += line + "\n";
    } else {
      rows.push_back(line);
    }
  }
  std::string table_text = frame;
  for (const History& each : cases) {
    const bool this_one = head(each) == head(history);
    for (const std::string& old : rows)
      if (!this_one && old.rfind(head(each), 0) == 0) table_text += old + "\n";
    if (this_one) table_text += row + "\n";
  }
  spill(page, above + table_text + below);
}

class HistoryCase : public ::testing::TestWithParam<History> {};

TEST_P(HistoryCase, EndsInEachModeAsItsScenarioSaysAndAsThePageTells) {
  const History& history = GetParam();
  const std::string text = slurp(path_of(history));
  ASSERT_FALSE(text.empty()) << path_of(history);
  std::string row = fmt::format("{} {} |", head(history), value_in(text, "about"));
  for (const std::string mode : modes) {
    if (text.find("\n  " + mode) == std::string::npos) {
      row += " - |";
      continue;
    }
    const Folder folder;
    const Outcome run = caravan(fmt::format("run {} --mode {} --database {} --out {}", path_of(history), mode,
                                            history.database, folder / "run"));
    ASSERT_EQ(run.exit, 0) << mode << "\n" << run.out << run.err;
    const Json report = report_of(folder / "run");
    ASSERT_FALSE(report.is_discarded()) << mode << "\n" << run.err;
    row += " " + cell(report, expected_of(folder / "run"), slurp(folder / "run/plan.txt")) + " |";
  }
  const char* golden = std::getenv("CARAVAN_GOLDEN");
  if (golden != nullptr && std::string(golden) == "write") write_row(history, row);
  EXPECT_NE(slurp(page).find("\n" + row + "\n"), std::string::npos)
      << "the page has no row\n"
      << row << "\nif this is right: ./dev golden, and review the difference";
}

std::string name_of(const ::testing::TestParamInfo<History>& info) {
  std::string name = std::string(info.param.scenario) + "_" + info.param.database;
  for (char& letter : name)
    if (letter == '-') letter = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sahara, HistoryCase, ::testing::ValuesIn(cases), name_of);

TEST(ThePage, HasARowForEveryCaseAndNoOther) {
  std::istringstream lines(slurp(page));
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("| ", 0) == 0 && line.rfind("| case", 0) != 0) rows.push_back(line);
  ASSERT_EQ(rows.size(), std::size(cases));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].rfind(head(cases[i]), 0), 0U) << rows[i];
}

}  // namespace
}  // namespace caravan

// The catalog's conversions, contracts and refusals equal the history page's backport rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "objects/loader/loader.hpp"
#include "tests/catalog/history.hpp"

namespace caravan {
namespace {

using namespace history_page;

// One line of text for each single effect, so that two lists can be compared as sets.
using Effects = std::multiset<std::string>;

std::string line(const std::string& object, const std::string& below, const std::string& op,
                 const std::string& field, const Json& detail = nullptr) {
  return object + " <" + below + " " + op + " " + field + " " + detail.dump();
}

int limit_of(const Json& rule) {
  const auto when = rule["when"].get<std::string>();  // "longer than 200"
  return std::stoi(when.substr(when.rfind(' ') + 1));
}

std::string rule_field(const Json& rule) {
  const auto [field, path] = split(rule["field"].get<std::string>());
  if (path.empty()) return field;
  return path == ":scheme" ? field + path : field + "." + path;
}

Effects expected_backports() {
  Effects effects;
  each_rule([&](const std::string& name, const std::string& version, const Json& rule) {
    const std::string change = rule["change"].get<std::string>(), action = rule["action"].get<std::string>();
    const std::string field = rule_field(rule);
    if (change == "added" || change == "child_added") {
      EXPECT_EQ(action, "drop");
      effects.insert(line(name, version, "remove", field));
    } else if (change == "renamed") {
      effects.insert(line(name, version, "rename", field, rule["to"]));
    } else if (change == "removed") {
      EXPECT_EQ(action, "restore");
      effects.insert(line(name, version, "set_default", field, rule["to"]));
    } else if (change == "changed") {
      effects.insert(
          line(name, version, action == "truncate" ? "truncate" : "reject_longer", field, limit_of(rule)));
    } else if (change == "enum_added" && action == "map") {
      effects.insert(line(name, version, "map_value", field, Json::array({rule["value"], rule["to"]})));
    } else if (change == "enum_added" && action == "error") {
      effects.insert(line(name, version, "reject_value", field, rule["value"]));
    } else {
      EXPECT_TRUE(action == "pass" || action == "accept_on_read") << rule.dump();
    }
  });
  return effects;
}

Effects expected_forwards() {
  Effects effects;
  each_rule([&](const std::string& name, const std::string& version, const Json& rule) {
    if (rule["change"] == "renamed")
      effects.insert(line(name, version, "rename", rule["from"].get<std::string>(), rule["field"]));
    if (rule["change"] == "removed") effects.insert(line(name, version, "remove", rule_field(rule)));
    if (rule["change"] == "enum_removed") {
      effects.insert(
          line(name, version, "map_value", rule_field(rule), Json::array({rule["value"], rule["to"]})));
    }
  });
  return effects;
}

void add_effects(Effects& effects, const std::string& name, const Rule& rule) {
  const std::string below = rule.below.text();
  if (rule.op == "map_value") {
    EXPECT_FALSE(rule.args.contains("otherwise"));
    for (const Json& pair : rule.args["map"]) effects.insert(line(name, below, rule.op, rule.field, pair));
  } else if (rule.op == "reject_value") {
    for (const Json& value : rule.args["values"])
      effects.insert(line(name, below, rule.op, rule.field, value));
  } else {
    Json detail;
    for (const char* key : {"to", "value", "length"}) {
      if (rule.args.contains(key)) detail = rule.args[key];
    }
    effects.insert(line(name, below, rule.op, rule.field, detail));
  }
}

TEST(SaharaRules, OfTheNewestClassesAreTheHistorysAndNoOthers) {
  Effects backports, forwards;
  for (const ClassHistory& history : sahara_catalog().histories) {
    const ClassSpec& newest = *sahara_catalog().find(history.name, history.versions.back().first);
    for (const Rule& rule : newest.compat->rules) add_effects(backports, history.name, rule);
    for (const Rule& rule : newest.forward) add_effects(forwards, history.name, rule);
    EXPECT_EQ(newest.compat->super, "first");
  }
  EXPECT_EQ(backports, expected_backports());
  EXPECT_EQ(forwards, expected_forwards());
  EXPECT_GT(backports.size(), 90U);
  EXPECT_EQ(forwards.size(), 4U);
}

TEST(SaharaRules, OfAnOlderClassAreThoseOfTheNewestUpToItsVersionNewestStepFirst) {
  for (const ClassSpec& spec : sahara_catalog().classes) {
    const ClassHistory& history = *sahara_catalog().history(spec.name);
    const ClassSpec& newest = *sahara_catalog().find(spec.name, history.versions.back().first);
    std::vector<std::string> expected, actual;
    for (const Rule& rule : newest.compat->rules) {
      if (rule.below <= spec.version) expected.push_back(rule.args.dump());
    }
    for (const Rule& rule : spec.compat->rules) actual.push_back(rule.args.dump());
    EXPECT_EQ(actual, expected) << spec.name << " " << spec.version.text();
    EXPECT_TRUE(std::is_sorted(spec.compat->rules.begin(), spec.compat->rules.end(),
                               [](const Rule& a, const Rule& b) { return b.below < a.below; }));
    EXPECT_TRUE(std::is_sorted(spec.forward.begin(), spec.forward.end(),
                               [](const Rule& a, const Rule& b) { return a.below < b.below; }));
  }
}

// Every promise of the page, and how many of each kind there are, so that none is made up.
TEST(SaharaContracts, SayWhatTheHistorySaysAboutEachStep) {
  const Catalog& catalog = sahara_catalog();
  std::map<std::string, int> wanted, found;
  each_rule([&](const std::string& name, const std::string& version, const Json& rule) {
    const std::string change = rule["change"].get<std::string>(), action = rule["action"].get<std::string>();
    const auto [field, path] = split(rule["field"].get<std::string>());
    const std::string at = path;
    SCOPED_TRACE(name + " " + version + " " + rule.dump());
    const Contract* contract = catalog.contract(name, field);
    ASSERT_NE(contract, nullptr);
    const Version step(version);
    if (change == "added" || change == "child_added") {
      ++wanted["since"];
      EXPECT_EQ(contract->since, step);
      EXPECT_EQ(contract->lost_below, step);
      const bool prose = rule["forward"] == "node group's volumes_per_node";
      EXPECT_EQ(contract->absent_means, prose ? Json() : Json(rule["forward"]));
      EXPECT_EQ(contract->note.find("volumes_per_node") != std::string::npos, prose);
    } else if (change == "renamed") {
      ++wanted["was_called"];
      EXPECT_EQ(contract->was_called, std::make_pair(rule["from"].get<std::string>(), step));
      EXPECT_FALSE(contract->since);
    } else if (change == "removed") {
      ++wanted["until"];
      EXPECT_EQ(contract->until, step);
    } else if (change == "changed" || action == "error") {
      ++wanted["limits"];
      const auto fits = [&](const Contract::Limit& limit) {
        if (limit.below != step || limit.path != at) return false;
        if (change == "changed") return limit.length == limit_of(rule) && limit.cut == (action == "truncate");
        return limit.values == std::vector<Json>{rule["value"]} && !limit.cut;
      };
      EXPECT_EQ(std::count_if(contract->limits.begin(), contract->limits.end(), fits), 1);
    } else if (action == "map" || action == "accept_on_read") {
      ++wanted[action == "map" ? "seen_as" : "forward"];
      const auto& list = action == "map" ? contract->seen_as : contract->forward;
      const auto fits = [&](const Contract::SeenAs& seen) {
        return seen.below == step && seen.path == at && seen.value == rule["value"] && seen.as == rule["to"];
      };
      EXPECT_EQ(std::count_if(list.begin(), list.end(), fits), 1);
    } else {
      EXPECT_EQ(action, "pass");
    }
  });
  for (const ClassHistory& history : catalog.histories) {
    for (const Contract& contract : history.contracts) {
      found["since"] += contract.since ? 1 : 0;
      found["until"] += contract.until ? 1 : 0;
      found["was_called"] += contract.was_called ? 1 : 0;
      found["limits"] += static_cast<int>(contract.limits.size());
      found["seen_as"] += static_cast<int>(contract.seen_as.size());
      found["forward"] += static_cast<int>(contract.forward.size());
      EXPECT_EQ(contract.absent_means.has_value(), contract.since.has_value()) << contract.field;
      EXPECT_EQ(contract.lost_below, contract.since) << contract.field;
      EXPECT_TRUE(std::is_sorted(contract.seen_as.begin(), contract.seen_as.end(),
                                 [](const auto& a, const auto& b) { return b.below < a.below; }));
    }
  }
  EXPECT_EQ(found, wanted);
}

TEST(SaharaContracts, CoverEveryFieldThereEverWasUnderItsNewestName) {
  for (const ClassHistory& history : sahara_catalog().histories) {
    std::set<std::string> fields, contracts;
    for (const ClassSpec& spec : sahara_catalog().classes) {
      if (spec.name != history.name) continue;
      for (const FieldSpec& field : spec.fields) fields.insert(field.name);
    }
    for (const Contract& contract : history.contracts) {
      contracts.insert(contract.field);
      if (contract.was_called) fields.erase(contract.was_called->first);
    }
    EXPECT_EQ(contracts, fields) << history.name;
    EXPECT_EQ(contracts.size(), history.contracts.size());
  }
}

TEST(SaharaContracts, KnowTheLegalValuesAtEachVersionAndWhatMayPass) {
  std::map<std::string, int> checked;
  each_version([&](const std::string& name, const Json& version) {
    const Version at(version["version"].get<std::string>());
    for (auto it = version["enums"].begin(); it != version["enums"].end(); ++it) {
      const auto [field, path] = split(it.key());
      const Contract* contract = sahara_catalog().contract(name, field);
      ASSERT_NE(contract, nullptr) << name << "." << field;
      const Contract::Legal* legal = nullptr;
      for (const Contract::Legal& one : contract->legal) {
        if (one.since <= at) legal = &one;
      }
      ASSERT_NE(legal, nullptr) << name << "." << it.key();
      EXPECT_EQ(legal->path, path);
      EXPECT_EQ(Json(legal->values), it.value()) << name << " " << at.text();
      std::set<std::string> passes, expected;
      for (const Json& value : legal->passes) passes.insert(value.get<std::string>());
      const std::string key = it.key();
      each_rule([&](const std::string& other, const std::string& step, const Json& rule) {
        if (other == name && rule["field"] == key && rule["action"] == "pass" && at < Version(step)) {
          expected.insert(rule["value"].get<std::string>());
        }
      });
      EXPECT_EQ(passes, expected) << name << " " << at.text();
      ++checked[name + "." + field];
    }
  });
  for (const ClassHistory& history : sahara_catalog().histories) {
    for (const Contract& contract : history.contracts) {
      EXPECT_EQ(!contract.legal.empty(), checked.count(history.name + "." + contract.field) == 1)
          << contract.field;
    }
  }
  EXPECT_EQ(checked.size(), 10U);
}

TEST(SaharaContracts, MarkTheSecretsOfTheHistory) {
  std::set<std::string> expected, actual;
  for (const Json& secret : page()["secrets"]) {
    const auto where = secret["where"].get<std::string>();
    if (where.rfind("RPC request context", 0) == 0) continue;  // no field of an object
    const auto dot = where.find('.');
    const std::string object = where.substr(0, dot), rest = where.substr(dot + 1);
    expected.insert(where);
    const Contract* contract = sahara_catalog().contract(object, rest.substr(0, rest.find('.')));
    ASSERT_NE(contract, nullptr) << where;
    const std::string path = rest.find('.') == std::string::npos ? "" : rest.substr(rest.find('.') + 1);
    const Version since(
        page()["objects"][object]["release_map"][secret["since"].get<std::string>()].get<std::string>());
    const auto late = contract->secret_since.find(path);
    const Version field_since =
        contract->since.value_or(sahara_catalog().history(object)->versions.front().first);
    EXPECT_EQ(late == contract->secret_since.end() ? field_since : late->second, since) << where;
  }
  for (const ClassHistory& history : sahara_catalog().histories) {
    for (const Contract& contract : history.contracts) {
      for (const std::string& path : contract.secret) {
        actual.insert(history.name + "." + contract.field + (path.empty() ? "" : "." + path));
      }
    }
  }
  EXPECT_EQ(actual, expected);
}

struct Prose {
  const char* text;
  std::vector<std::pair<std::string, std::string>> when;  // field ("" the rule's own), op
  std::vector<std::string> acts;
};

TEST(SaharaRefusals, TurnEveryProseOfTheHistoryIntoAPredicate) {
  const std::vector<Prose> table = {
      {"set", {{"", "set"}}, {"engine"}},
      {"true", {{"", "true"}}, {"engine"}},
      {"non-empty", {{"", "non_empty"}}, {"engine"}},
      {"shares is not empty", {{"", "non_empty"}}, {"engine"}},
      {"domain_name is set", {{"", "set"}}, {"engine"}},
      {"dns_hostname is set", {{"", "set"}}, {"engine"}},
      {"is_protected is true and the call updates or deletes", {{"", "true"}}, {"update", "delete"}},
      {"an argument is required and has no default", {{"", "any_required"}}, {"run"}},
      {"an older engine would have to configure it", {{"", "true"}}, {"engine"}},
      {"anti_affinity is set and ratio > 1", {{"anti_affinity", "non_empty"}, {"", "greater"}}, {"engine"}},
  };
  std::set<std::string> used;
  std::size_t wanted = 0, found = 0;
  each_rule([&](const std::string& name, const std::string& version, const Json& rule) {
    if (!rule.contains("refuse_act_when")) return;
    ++wanted;
    const auto prose = rule["refuse_act_when"].get<std::string>();
    used.insert(prose);
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const Prose& p) { return p.text == prose; });
    ASSERT_NE(row, table.end()) << prose;
    const auto& refusals = sahara_catalog().history(name)->refusals;
    const auto refusal = std::find_if(refusals.begin(), refusals.end(),
                                      [&](const Refusal& r) { return rule["field"] == r.field; });
    ASSERT_NE(refusal, refusals.end()) << name << " " << rule.dump();
    EXPECT_EQ(refusal->below, Version(version));
    EXPECT_EQ(refusal->acts, row->acts);
    EXPECT_EQ(refusal->why, rule["why"].get<std::string>());
    ASSERT_EQ(refusal->when.size(), row->when.size());
    for (std::size_t i = 0; i < row->when.size(); ++i) {
      EXPECT_EQ(refusal->when[i].field, row->when[i].first.empty() ? refusal->field : row->when[i].first);
      EXPECT_EQ(refusal->when[i].op, row->when[i].second);
      EXPECT_EQ(refusal->when[i].value, refusal->when[i].op == "greater" ? Json(1) : Json());
    }
  });
  for (const ClassHistory& history : sahara_catalog().histories) found += history.refusals.size();
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(used.size(), table.size());
}

}  // namespace
}  // namespace caravan

// The loader's inside: shared by loader.cpp (the scenario as a whole) and loader_steps.cpp (its steps).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "objects/vocabulary/roles.hpp"
#include "scenarios/format/document.hpp"
#include "scenarios/format/scenario.hpp"

namespace caravan::scenarios {

/// What every part of the loader knows, and how it complains.
class LoaderPart {
 public:
  LoaderPart(const std::string& where, const Catalog& catalog) : where_(where), catalog_(catalog) {}

 protected:
  /// Throws bad_request at this place, or at that of the value.
  [[noreturn]] void fail_at(const Place& place, const std::string& message,
                            const std::string& hint = {}) const;
  [[noreturn]] void fail(const DocumentValue& value, const std::string& message,
                         const std::string& hint = {}) const;
  /// The text under a key, `absent` if the map has none. check_document has seen that it is one.
  static std::string text(const DocumentValue& map, const char* key, const std::string& absent = {});
  /// A release that can run.
  const Release& release(const DocumentValue& value) const;

  const std::string& where_;
  const Catalog& catalog_;
};

/// `expect`: modes and checks are there, objects and fields are known to a release in play. Throws
/// bad_request. Sets `expect` and `expect_places`; the steps are read before.
void read_expectation(const DocumentValue& value, const std::string& where, const Catalog& catalog,
                      Scenario& scenario);

/// `upgrade` and `steps`, one after the other: later steps speak of rows that earlier ones named.
class StepLoader : LoaderPart {
 public:
  /// `scenario`: what was read so far, nodes and releases.
  StepLoader(const std::string& where, const Catalog& catalog, const Scenario& scenario)
      : LoaderPart(where, catalog), scenario_(scenario) {}

  /// `map` has passed check_document. Throws bad_request at the place of what cannot be meant: an unknown
  /// node, row, class, field or release. Rows that a step names are known to the steps read after it.
  UpgradeForm upgrade_form(const DocumentValue& map);
  ScenarioStep step(const DocumentValue& map);

 private:
  Load load(const DocumentValue& map) const;
  std::vector<std::string> every_node() const;
  void node_name(const DocumentValue& value, const std::vector<std::string>& others) const;
  std::vector<std::string> node_names(const DocumentValue& value,
                                      const std::vector<std::string>& others = {}) const;
  std::vector<const ClassSpec*> forms(const std::string& name) const;
  void object_class(const DocumentValue& value) const;
  void fields(const DocumentValue* map, const std::string& object, bool more_allowed) const;
  void references(const DocumentValue& value) const;
  void places(const DocumentValue& value, const std::string& at,
              std::map<std::string, std::string>& out) const;
  const std::string& row(const DocumentValue& value, const std::string& name) const;
  const DocumentValue* verb_of(const DocumentValue& map, std::string& verb) const;
  void require_members(const DocumentValue& map, const std::string& verb) const;
  written::Deed to_nodes(const DocumentValue& map, const DocumentValue& body, const std::string& verb,
                         const std::vector<std::string>& nodes) const;
  void members(const DocumentValue& map, step::Action& action) const;
  static WordOfMode words(const DocumentValue* value);
  void modes(const DocumentValue& value, std::vector<std::string>& out) const;
  step::Action migration(const DocumentValue& map, const std::string& phase) const;
  written::Deed wait(const DocumentValue& body) const;
  void fault(const DocumentValue& map, const DocumentValue& body, ScenarioStep& step);
  Action action(const DocumentValue& map, const std::string& where);
  std::string node_of(const DocumentValue* value, Role role) const;
  void only_with(const DocumentValue& map, const std::string& method) const;

  const Scenario& scenario_;
  std::map<std::string, std::string> rows_;  // name -> class
};

}  // namespace caravan::scenarios

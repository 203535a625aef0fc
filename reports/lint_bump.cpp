// How to give a changed contract a version of its own.
#include <fmt/format.h>

#include "reports/lint_history.hpp"

namespace caravan::lint_parts {

void suggest_bump(const Promises&, const LintObject& object, const Version& version, const std::string&,
                  const std::string& after_release, const Catalog&, Finding& finding) {
  finding.suggestion = Suggestion{fmt::format("leave {} {} as it was and make a new version of it in {}",
                                              object.name, version.text(), after_release),
                                  "", Json::array()};
}

}  // namespace caravan::lint_parts

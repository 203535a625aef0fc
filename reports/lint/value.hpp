// One value against field and contract of one version, for lint.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/lint/facts.hpp"
#include "reports/lint/judge.hpp"

namespace caravan::lint {

/// Whether both hold the same type, down to elements and classes; null or not does not matter.
bool same_type(const FieldSpec& a, const FieldSpec& b);

/// Whether data of that version sets all that is not an object and may not be null; `all`: null or not.
bool sets_enough(const LintObject& object, std::size_t version, const Json& data, bool all);

struct Misfit {
  const char* type;  ///< of finding
  std::string text;
};
/// How the value does not fit type, nullability and enum of the field at that version, and the closed sets of
/// its contract. None: it fits.
std::optional<Misfit> misfit(const LintObject& object, const FieldSpec& spec, std::size_t version,
                             const Json& value);

/// What the contract makes of a value at the other version, back or forward.
Projected expected(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
                   const Json& value);
/// What a newer version reads an older value as.
Json reading_from(const Promised& promised, std::size_t from, std::size_t to, const Json& value);

/// The parts of a field that a contract speaks of one by one; "", all of it, last.
std::vector<std::string> paths_of(const Contract& contract);
/// The value without that part.
void leave_out(Json& value, const std::string& path);

/// What was sent and did not arrive as it should: the smallest part that `wrong` says so of.
template <class Wrong>
void name_culprit(Fault& fault, const Contract& contract, const Json& sent, Wrong wrong) {
  for (const auto& path : paths_of(contract)) {
    const auto part = part_at(sent, path);
    if (!part || (!path.empty() && !wrong(path))) continue;
    fault.path = path;
    fault.value = *part;
    return;
  }
}

}  // namespace caravan::lint

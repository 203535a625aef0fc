// What the fuzzers call with a text, and what the tests call with every text that a fuzzer ever complained
// about.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace caravan::fuzz {

/// A promise is broken. Any other exception that leaves a target is one, too.
struct Violation : std::logic_error {
  using std::logic_error::logic_error;
};

/// A primitive: text to object, to its text and back, to older versions, forward.
void primitive(std::string_view text);
/// A catalog as one document, or one class file of a folder.
void catalog(std::string_view text);
/// A scenario in YAML or JSON, and its plan.
void scenario(std::string_view text);
/// A plan as text: read, printed, read again, checked and shown.
void plan(std::string_view text);
/// A run file, or events alone, which then come under a sound header: read, judged and shown; and cut off.
void run_file(std::string_view text);
/// A message.
void envelope(std::string_view text);
/// The address of a database.
void database_url(std::string_view text);

using Target = void (*)(std::string_view);
/// By the names that regressions/, seeds/ and ./dev fuzz have for them.
inline constexpr std::pair<const char*, Target> targets[] = {
    {"primitive", primitive}, {"catalog", catalog},   {"scenario", scenario},        {"plan", plan},
    {"run_file", run_file},   {"envelope", envelope}, {"database_url", database_url}};

/// Runs it and says whether it was refused in one of the two ways that are allowed: Error and ObjectError.
bool refused(const std::function<void()>& act);
/// Throws Violation unless it holds.
void require(bool holds, const std::string& promise);
/// A number that the text alone decides: which of several things is done with it.
std::uint64_t choice_of(std::string_view text);

}  // namespace caravan::fuzz

// What the fuzzers call with a text, and what the tests call with every text that a fuzzer ever complained
// about.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

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

/// Runs it and says whether it was refused in one of the two ways that are allowed: Error and ObjectError.
bool refused(const std::function<void()>& act);

}  // namespace caravan::fuzz

// What kind of error an exception is, in the word that answers and troubles have for it.
#pragma once

#include <exception>
#include <string>

namespace caravan::nodes {

/// As oslo.messaging calls it: a call that nobody answered.
constexpr const char* no_answer = "MessagingTimeout";

/// Its own type, if it has one ("NotFound"), and `no_answer` if that is what is wrong; ValueError for JSON of
/// another shape than expected; else InternalError.
std::string error_type(const std::exception& error);

}  // namespace caravan::nodes

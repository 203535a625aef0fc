#include "tests/fuzz/targets.hpp"

#include "objects/base/error.hpp"
#include "objects/model/object.hpp"

namespace caravan::fuzz {

bool refused(const std::function<void()>& act) {
  try {
    act();
    return false;
  } catch (const ObjectError&) {
  } catch (const Error&) {
  }
  return true;
}

void require(bool holds, const std::string& promise) {
  if (!holds) throw Violation(promise);
}

std::uint64_t choice_of(std::string_view text) {
  std::uint64_t choice = 14695981039346656037U;
  for (const char c : text) choice = (choice ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return choice >> 17U;
}

}  // namespace caravan::fuzz

// What went wrong, where, and what was probably meant. Thrown at the edges, caught in main.
#pragma once

#include <stdexcept>
#include <string>

namespace caravan {

/// Exit codes of the programs; each one is an action for whoever called.
enum class Exit : int {
  as_expected = 0,      ///< every verdict as expected
  not_as_expected = 1,  ///< look at the report
  bad_request = 2,      ///< change the command line or the file
  undecided = 3,        ///< incomplete evidence: run again
  machine = 4,          ///< the machine failed: disk, socket, missing program
  interrupted = 130,    ///< Ctrl-C
};

/// A failure that ends the program with `exit()`, unless it is handled.
class Error : public std::runtime_error {
 public:
  /// `where` is "file:line:column", "file: /path/in/document" or "run file: event 17"; may be empty.
  /// what() is "where: message" and, if there is a hint, "; hint".
  Error(Exit exit, std::string where, std::string message, std::string hint = {})
      : std::runtime_error((where.empty() ? "" : where + ": ") + message + (hint.empty() ? "" : "; " + hint)),
        exit_(exit),
        where_(std::move(where)),
        message_(std::move(message)),
        hint_(std::move(hint)) {}

  Exit exit() const { return exit_; }
  const std::string& where() const { return where_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }

 private:
  Exit exit_;
  std::string where_, message_, hint_;
};

/// To be thrown: `throw bad_request(place, message, hint)`, with the arguments of Error.
inline Error bad_request(std::string where, std::string message, std::string hint = {}) {
  return Error(Exit::bad_request, std::move(where), std::move(message), std::move(hint));
}
inline Error machine_failed(std::string where, std::string message, std::string hint = {}) {
  return Error(Exit::machine, std::move(where), std::move(message), std::move(hint));
}

}  // namespace caravan

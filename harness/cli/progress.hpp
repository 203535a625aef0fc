// One line on the terminal that is written over and over; plain lines with --verbose; else nothing.
#pragma once

#include <string>

#include "harness/run/driver.hpp"

namespace caravan::harness {

/// On stderr. Clears its line when it is destroyed.
class ProgressLine {
 public:
  ProgressLine(bool verbose, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Writes over the line, or with --verbose adds one; nothing if it would say the same again.
  void show(const Progress& progress);
  /// Takes the line off the terminal, so that something else can be said there.
  void clear();

 private:
  bool line_ = false, lines_ = false, shown_ = false;
  std::string last_;
};

}  // namespace caravan::harness

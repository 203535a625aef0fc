// One line on the terminal that is written over and over; plain lines with --verbose; else nothing.
#pragma once

#include <string>

#include "harness/run/driver.hpp"

namespace caravan {

class ProgressLine {
 public:
  ProgressLine(bool verbose, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void clear();

 private:
  bool line_ = false, lines_ = false, shown_ = false;
  std::string last_;
};

}  // namespace caravan

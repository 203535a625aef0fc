// What a report for people is fitted to.
#pragma once

#include <cstddef>
#include <string>

namespace caravan::reports {

/// What the output goes to. The default suits a file.
struct Screen {
  std::size_t width = 80;  ///< columns
  bool colour = false;
  bool ascii = false;          ///< a locale without UTF-8
  std::string recording = {};  ///< as its reader would name it in a command; empty: as the report has it
};

}  // namespace caravan::reports

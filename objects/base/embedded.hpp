// A data file compiled into the program (cmake/embed.cmake), so that it runs from anywhere.
#pragma once

#include <span>
#include <string_view>

namespace caravan {

/// Both are views into the program, valid as long as it runs.
struct EmbeddedFile {
  std::string_view name;  // file name without its folder
  std::string_view text;
};

}  // namespace caravan

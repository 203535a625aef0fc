// Text from elsewhere (values, file names, errors of nodes) as people may read it: nothing in it moves a
// cursor, changes a colour, forges a line or turns the reading direction.
#pragma once

#include <string>
#include <string_view>

namespace caravan {

/// What `printable` leaves as it is: by default newlines and tabs and what is not ASCII, but no colours.
struct Printing {
  bool lines = true;    ///< newlines and tabs stay; else they are written as \n and \t
  bool ascii = false;   ///< for a locale without UTF-8: what is not ASCII is written as \u00e9, → as ->
  bool colour = false;  ///< colours that the program itself has put in (SGR sequences) stay
};

/// Control characters (C0, DEL, C1), marks of direction, line separators and noncharacters are written as
/// \u001b, bytes that are not UTF-8 as \xff. Applied to JSON, the value that it stands for stays the same.
/// The result is valid UTF-8 that XML 1.0 can carry, unless `colour`.
std::string printable(std::string_view text, Printing how = {});
/// The same for a part of a line.
inline std::string one_line(std::string_view text) {
  return printable(text, Printing{.lines = false, .ascii = false, .colour = false});
}

}  // namespace caravan

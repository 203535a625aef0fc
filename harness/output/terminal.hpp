// Where people read: what stdout and stderr can show, and the two ways there. Everything that the program
// says goes through them, so no control character of a recording, a file name or a node gets to a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "reports/formats/screen.hpp"

namespace caravan::harness {

/// Colours by --color, for the whole program: auto (a terminal that has them, and no NO_COLOR), always,
/// never. Throws bad_request for another word.
void choose_colours(const std::string& when);
/// Whether the locale's characters are UTF-8, by LC_ALL, LC_CTYPE and LANG.
bool utf8_locale();
/// COLUMNS, or the width of the terminal that this is, or 80.
std::size_t columns_of(int descriptor);
/// A terminal that can write over a line and change colours: not a file, not TERM=dumb.
bool is_terminal(int descriptor);

/// What stdout shows.
reports::Screen screen();

/// To stdout: data, whatever it is. Throws machine_failed if it cannot be written.
void print_out(const std::string& text);
/// To stdout: what only people read, in ASCII where the locale is.
void show_out(const std::string& text);
/// To stderr: one line.
void say(const std::string& line);

}  // namespace caravan::harness

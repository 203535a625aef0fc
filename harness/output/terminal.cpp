#include "harness/output/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "harness/output/output_file.hpp"
#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/printable.hpp"

namespace caravan::harness {
namespace {

enum class Colours { by_terminal, always, never };
Colours chosen_colours = Colours::by_terminal;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool colours() {
  if (chosen_colours != Colours::by_terminal) return chosen_colours == Colours::always;
  return environment("NO_COLOR").empty() && is_terminal(STDOUT_FILENO);
}

void to_stdout(const std::string& text, bool ascii) {
  write_stdout(printable(text, {.lines = true, .ascii = ascii, .colour = colours()}));
}

}  // namespace

void choose_colours(const std::string& when) {
  const std::vector<std::string> known = {"auto", "always", "never"};
  if (std::find(known.begin(), known.end(), when) == known.end())
    throw bad_request("--color", "unknown '" + when + "'", did_you_mean(when, known));
  chosen_colours = when == "always"  ? Colours::always
                   : when == "never" ? Colours::never
                                     : Colours::by_terminal;
}

bool utf8_locale() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (locale.empty()) locale = environment(name);
  std::string letters;
  for (const char c : locale)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters.find("utf8") != std::string::npos;
}

std::size_t columns_of(int descriptor) {
  constexpr std::size_t narrowest = 20, widest = 1000, usual = 80;
  const auto named = environment("COLUMNS");
  std::size_t columns = 0;
  const auto read = std::from_chars(named.data(), named.data() + named.size(), columns);
  if (read.ec != std::errc() || read.ptr != named.data() + named.size() || columns == 0) {
    winsize size{};
    columns = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
  }
  return std::clamp(columns, narrowest, widest);
}

bool is_terminal(int descriptor) {
  const auto term = environment("TERM");
  return ::isatty(descriptor) == 1 && !term.empty() && term != "dumb";
}

reports::Screen screen() { return {columns_of(STDOUT_FILENO), colours(), !utf8_locale(), ""}; }

void print_out(const std::string& text) { to_stdout(text, ::isatty(STDOUT_FILENO) == 1 && !utf8_locale()); }

void show_out(const std::string& text) { to_stdout(text, !utf8_locale()); }

void say(const std::string& line) {
  const auto safe = printable(line, {.lines = false, .ascii = !utf8_locale(), .colour = false}) + "\n";
  std::fwrite(safe.data(), 1, safe.size(), stderr);
}

}  // namespace caravan::harness

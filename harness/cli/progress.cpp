#include "harness/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "harness/output/terminal.hpp"
#include "objects/base/printable.hpp"
#include "objects/base/text.hpp"

namespace caravan::harness {

ProgressLine::ProgressLine(bool verbose, bool quiet)
    : line_(!verbose && !quiet && is_terminal(STDERR_FILENO)), lines_(verbose && !quiet) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const Progress& progress) {
  if (!line_ && !lines_) return;
  const auto what = fmt::format("{:<5} {}{}", progress.step, progress.verb, progress.subject);
  auto line = fmt::format("{:>3}/{} operations  {}", progress.done, progress.total, what);
  const auto& compared = lines_ ? what : line;
  if (compared == last_) return;
  last_ = compared;
  if (lines_) {
    say(line);
    return;
  }
  // The last column stays free: a terminal may wrap there.
  line = printable(line, {.lines = false, .ascii = !utf8_locale(), .colour = false});
  fmt::print(stderr, "\r\033[K{}", text::cut(line, columns_of(STDERR_FILENO) - 1));
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace caravan::harness

#include "harness/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace caravan {
namespace {

std::size_t width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1U : 79U;
}

}  // namespace

ProgressLine::ProgressLine(bool verbose, bool quiet)
    : line_(!verbose && !quiet && ::isatty(STDERR_FILENO) == 1), lines_(verbose && !quiet) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const Progress& progress) {
  if (!line_ && !lines_) return;
  const auto what = fmt::format("{:<5} {}{}", progress.step, progress.verb, progress.subject);
  if (lines_) {
    if (what == last_) return;
    last_ = what;
    fmt::print(stderr, "{:>3}/{} operations  {}\n", progress.done, progress.total, what);
    return;
  }
  auto text = fmt::format("{:>3}/{} operations  {}", progress.done, progress.total, what);
  if (text == last_) return;
  last_ = text;
  fmt::print(stderr, "\r\033[K{}", text.substr(0, width()));
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace caravan

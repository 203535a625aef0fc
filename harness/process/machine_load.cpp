#include "harness/process/machine_load.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <vector>

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

constexpr Instant tolerance = 20'000;  ///< the harness has work of its own between two looks at the clock
constexpr Instant trifle = 2'000;      ///< not worth a word

/// Files of /proc have no size, and may be gone at any time: then this is empty.
std::string slurp(const std::string& path) {
  std::string text;
  if (std::FILE* file = std::fopen(path.c_str(), "re")) {
    std::array<char, 4096> part{};
    while (const auto got = std::fread(part.data(), 1, part.size(), file)) text.append(part.data(), got);
    std::fclose(file);
  }
  return text;
}

std::vector<std::string> threads_of(const std::string& pid) {
  std::vector<std::string> out;
  std::error_code problem;
  const auto folder = fs::directory_iterator("/proc/" + pid + "/task", problem);
  if (problem) return out;
  for (auto it = begin(folder); it != end(folder); it.increment(problem)) {
    out.push_back(it->path().filename().string());
    if (problem) break;
  }
  return out;
}

std::vector<std::string> children_of(const std::string& pid) {
  std::vector<std::string> out;
  for (const auto& thread : threads_of(pid)) {
    std::istringstream children(slurp(fmt::format("/proc/{}/task/{}/children", pid, thread)));
    for (std::string child; children >> child;) out.push_back(child);
  }
  return out;
}

/// R, S, T …; the name before it may hold anything. `pid` may be PID/task/THREAD.
char state_of(const std::string& pid) {
  const auto stat = slurp("/proc/" + pid + "/stat");
  const auto end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? '?' : stat[end + 2];
}

}  // namespace

void MachineLoad::read(const std::string& pid, Process& process) {
  for (const auto& thread : threads_of(pid)) {
    std::istringstream numbers(slurp(fmt::format("/proc/{}/task/{}/schedstat", pid, thread)));
    Instant ran = 0, waited = 0;  // nanoseconds
    if (!(numbers >> ran >> waited)) continue;
    auto& before = process.waited[thread];
    process.queued += std::max<Instant>(0, waited / 1000 - before);
    before = waited / 1000;
  }
}

MachineLoad::MachineLoad(Instant now) : since_(now), expected_(now) {
  read("self", self_);  // what was before does not count
  self_.queued = 0;
  stolen();
}

void MachineLoad::last_look(pid_t pid) {
  const auto found = children_.find(pid);
  if (found == children_.end()) return;
  read(std::to_string(pid), found->second);
  found->second.there = false;
}

void MachineLoad::wakes(Instant now) {
  if (now > expected_ + tolerance) late_ += now - expected_;
  expected_ = now;
}

void MachineLoad::find_servers() {
  std::set<std::string> seen;
  std::vector<std::string> ours = children_of("self");
  while (!ours.empty()) {
    const auto pid = ours.back();
    ours.pop_back();
    const auto number = static_cast<pid_t>(std::stol(pid));
    const auto [entry, fresh] = children_.try_emplace(number);
    if (fresh) entry->second.who = "database";
    if (entry->second.who != "database" || !seen.insert(pid).second) continue;
    for (auto& child : children_of(pid)) ours.push_back(std::move(child));
  }
}

Instant MachineLoad::stolen() {
  std::istringstream line(slurp("/proc/stat"));
  std::string word;
  Instant ticks = 0;
  line >> word;
  for (int column = 0; column < 8; ++column) line >> ticks;  // user nice system idle iowait irq softirq steal
  const auto each = ::sysconf(_SC_CLK_TCK) * std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
  const Instant now = line ? ticks * 1'000'000 / std::max(1L, each) : 0;
  const Instant since = now - steal_;
  steal_ = now;
  return std::max<Instant>(0, since);
}

bool MachineLoad::at_work() {
  find_servers();
  for (const auto& [number, process] : children_) {
    if (!process.there || process.paused) continue;
    const auto pid = std::to_string(number);
    for (const auto& thread : threads_of(pid)) {
      const auto state = state_of(pid + "/task/" + thread);
      if (state == 'R' || state == 'D' || state == 'T' || state == 't') return true;
    }
  }
  return false;
}

Taken MachineLoad::take(Instant now) {
  wakes(now);
  Taken out{since_, now, {}};
  since_ = now;
  const auto add = [&out](const std::string& who, const char* cause, Instant micros) {
    micros = std::min(micros, out.to - out.from);
    if (micros < trifle) return;
    for (auto& share : out.shares)  // the processes of one server are one
      if (share.who == who && share.cause == cause) {
        share.micros = std::min(share.micros + micros, out.to - out.from);
        return;
      }
    out.shares.push_back({who, cause, micros});
  };
  find_servers();
  for (auto it = children_.begin(); it != children_.end();) {
    auto& process = it->second;
    if (process.there) {
      const auto pid = std::to_string(it->first);
      read(pid, process);
      const auto state = state_of(pid);
      const bool stopped = state == 'T' || state == 't';
      // Where it is stopped now and was before, it was stopped all the time; the rest is not known.
      if (stopped && process.stopped && !process.paused) add(process.who, "stopped", out.to - out.from);
      process.stopped = stopped;
      if (state == '?') process.there = false;
    }
    add(process.who, "queued", process.queued);
    process.queued = 0;
    it = process.there ? std::next(it) : children_.erase(it);
  }
  read("self", self_);
  // Time on the run queue is one reason to be late.
  if (self_.queued > late_)
    add(self_.who, "queued", self_.queued);
  else
    add(self_.who, "late", late_);
  self_.queued = late_ = 0;
  add("machine", "stolen", stolen());
  return out;
}

}  // namespace caravan::harness

// What a run finds by its name while it goes: its folder and what its nodes read there, the broker's socket,
// the database. Who takes it away, or puts another thing in its place, must not turn a verdict.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

namespace caravan::harness {

/// Remembers what is at each path when it is added, by device and inode, and compares later.
class Ground {
 public:
  /// `what` as in "the run's folder". What is not there is not kept.
  void add(const std::string& what, const std::string& path);
  /// The same for a file that nothing writes to any more.
  void add_written(const std::string& what, const std::string& path);
  /// Throws machine_failed for the first that is not what it was.
  void check() const;

 private:
  struct Piece {
    std::string what, path;
    struct stat was {};
    bool written = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace caravan::harness

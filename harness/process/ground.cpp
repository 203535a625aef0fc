#include "harness/process/ground.hpp"

#include "objects/base/error.hpp"

namespace caravan::harness {

void Ground::add(const std::string& what, const std::string& path) {
  Piece piece{what, path};
  if (::stat(path.c_str(), &piece.was) == 0) pieces_.push_back(piece);
}

void Ground::add_written(const std::string& what, const std::string& path) {
  add(what, path);
  if (!pieces_.empty() && pieces_.back().path == path) pieces_.back().written = true;
}

void Ground::check() const {
  for (const auto& [what, path, was, written] : pieces_) {
    struct stat is {};
    if (::stat(path.c_str(), &is) != 0) throw machine_failed(path, what + " was removed during the run");
    if (is.st_dev != was.st_dev || is.st_ino != was.st_ino)
      throw machine_failed(path, what + " was replaced during the run");
    const bool same_time =
        is.st_mtim.tv_sec == was.st_mtim.tv_sec && is.st_mtim.tv_nsec == was.st_mtim.tv_nsec;
    if (written && (is.st_size != was.st_size || !same_time))
      throw machine_failed(path, what + " was changed during the run");
  }
}

}  // namespace caravan::harness

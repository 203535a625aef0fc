// Who runs on a database has it to himself. On servers the claim is a lock of the session's, which ends with
// the connection; a SQLite file is locked by its inode.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "nodes/store/inode_lock.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {
namespace {

Error taken(const DatabaseUrl& url, const std::string& by) {
  return bad_request(url.shown(), "another run is using this database" + by, "--database names another one");
}

class FileClaim final : public DatabaseClaim {
 public:
  explicit FileClaim(const DatabaseUrl& url) {
    const auto& path = url.path;
    struct stat status {};
    const bool there = ::stat(path.c_str(), &status) == 0;
    if (there && S_ISDIR(status.st_mode)) throw machine_failed(path, "is a folder, not a database file");
    if (there && !S_ISREG(status.st_mode)) throw machine_failed(path, "is not a file, as a database must be");
    fd_ = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
    if (fd_ < 0 && errno == ENOENT)
      throw machine_failed(path, "cannot create the database: its folder does not exist");
    if (fd_ < 0)
      throw machine_failed(path, fmt::format("cannot open the database: {}", std::strerror(errno)));
    std::error_code none;
    if (!there) made_ = std::filesystem::canonical(path, none);  // not a link that leads to it
    if (lock_inode(fd_)) return;
    const auto error = taken(url, holder_of_inode(fd_));
    ::close(fd_);
    throw error;
  }
  ~FileClaim() override {
    struct stat status {};
    if (!made_.empty() && ::fstat(fd_, &status) == 0 && status.st_size == 0) ::unlink(made_.c_str());
    ::close(fd_);
  }

 private:
  int fd_ = -1;
  std::filesystem::path made_;  ///< empty: it was there before
};

class ServerClaim final : public DatabaseClaim {
 public:
  explicit ServerClaim(const DatabaseUrl& url) : session_(url, SqlSession::Mode::write) {
    try {
      if (const auto by = session_.dialect().claim(session_)) throw taken(url, *by);
    } catch (const StoreError& cause) {
      throw machine_failed(url.shown(), cause.what());
    }
  }

 private:
  SqlSession session_;
};

}  // namespace

std::unique_ptr<DatabaseClaim> claim_database(const std::string& url) {
  const auto parsed = parse_database_url(url);
  if (parsed.kind == DatabaseUrl::Kind::sqlite) return std::make_unique<FileClaim>(parsed);
  return std::make_unique<ServerClaim>(parsed);
}

}  // namespace caravan::nodes

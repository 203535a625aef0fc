// Writing the run file: numbered events, one per line, into a buffer that is flushed when the harness says
// so.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "objects/base/error.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::reports {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18;

Error refused(const std::string& path, const char* what, int code) {
  return machine_failed(path, fmt::format("the recording could not be {}: {}", what, std::strerror(code)),
                        code == ENOSPC  ? "free some space, or choose another folder with --out"
                        : code == EFBIG ? "ulimit -f allows no more"
                                        : "");
}

struct flock whole_file(short kind) {
  struct flock lock {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

RunWriter::RunWriter(const std::filesystem::path& path, const std::string& shown)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)),
      shown_(shown.empty() ? path.string() : shown) {
  if (fd_ < 0) throw refused(shown_, "opened", errno);
  auto lock = whole_file(F_WRLCK);
  ::fcntl(fd_, F_SETLK, &lock);  // where the file system has no locks, nobody is told
  waiting_.reserve(buffer_size);
}

RunWriter::~RunWriter() {
  try {
    flush();
  } catch (const Error&) {
  }
  ::close(fd_);
}

std::int64_t RunWriter::append(const std::string& kind, std::int64_t t, const Json& members) {
  const Json head = {{"n", next_}, {"t", t}, {"kind", kind}};
  // Bytes that a broken node sent may not be UTF-8; the recording stays readable anyway.
  std::string line = head.dump();
  const std::string rest = members.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (members.is_object() && !members.empty()) {
    line.back() = ',';
    line.append(rest, 1, std::string::npos);
  }
  line += '\n';
  waiting_ += line;
  if (waiting_.size() >= buffer_size) flush();
  return next_++;
}

void RunWriter::flush() {
  if (failed_ != 0) fail(failed_);
  std::size_t done = 0;
  while (done < waiting_.size()) {
    const auto wrote = ::write(fd_, waiting_.data() + done, waiting_.size() - done);
    if (wrote > 0)
      done += static_cast<std::size_t>(wrote);
    else if (wrote == 0 || errno != EINTR)
      fail(wrote == 0 ? EIO : errno);
  }
  waiting_.clear();
}

void RunWriter::fail(int cause) {
  failed_ = cause;
  throw refused(shown_, "written", cause);
}

std::optional<int> writer_of(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;  // a pipe is opened once only
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  auto lock = whole_file(F_WRLCK);
  const bool asked = ::fcntl(fd, F_GETLK, &lock) == 0;
  ::close(fd);
  return asked && lock.l_type != F_UNLCK ? std::optional<int>(lock.l_pid) : std::nullopt;
}

}  // namespace caravan::reports

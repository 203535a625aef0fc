// Writing the run file: numbered events, one a line, into a buffer that is flushed when the harness says so.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "objects/error.hpp"
#include "reports/run_file.hpp"

namespace caravan {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18;

Error refused(const std::string& path, const char* what, int code) {
  return machine_failed(path, fmt::format("the recording could not be {}: {}", what, std::strerror(code)),
                        code == ENOSPC ? "free some space, or choose another folder with --out" : "");
}

}  // namespace

RunWriter::RunWriter(const std::filesystem::path& path) : file_(nullptr), path_(path.string()) {
  file_ = std::fopen(path_.c_str(), "wb");
  if (!file_) throw refused(path_, "opened", errno);
  std::setvbuf(file_, nullptr, _IOFBF, buffer_size);
}

RunWriter::~RunWriter() {
  if (file_) std::fclose(file_);
}

std::int64_t RunWriter::append(const std::string& kind, std::int64_t t, const Json& members) {
  const Json head = {{"n", next_}, {"t", t}, {"kind", kind}};
  // Bytes that a broken node sent may be no UTF-8; the recording stays readable all the same.
  std::string line = head.dump();
  const std::string rest = members.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (members.is_object() && !members.empty()) {
    line.back() = ',';
    line.append(rest, 1, std::string::npos);
  }
  line += '\n';
  errno = 0;
  if (std::fwrite(line.data(), 1, line.size(), file_) != line.size()) throw refused(path_, "written", errno);
  return next_++;
}

void RunWriter::flush() {
  errno = 0;
  if (std::fflush(file_) != 0) throw refused(path_, "written", errno);
}

}  // namespace caravan

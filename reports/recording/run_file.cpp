// Reading a run file: every way in which it may not be one is said with its line.
#include "reports/recording/run_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "objects/base/error.hpp"
#include "objects/base/text.hpp"
#include "reports/recording/json_line.hpp"
#include "reports/recording/run_shape.hpp"

namespace caravan::reports {
namespace {

constexpr std::int64_t longest_run = std::int64_t{1} << 50;  ///< microseconds: 35 years
constexpr int known_format = 1;
constexpr std::size_t largest = std::size_t{4} << 30;
constexpr std::size_t longest_line = std::size_t{256} << 20;  // the contents of a large table are one line

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

/// What a file that is not a run file probably is.
std::string looks_like(std::string_view head) {
  using namespace std::string_view_literals;
  struct Look {
    std::string_view magic;
    const char* what;
  };
  static constexpr Look looks[] = {
      {"\x1f\x8b"sv, "gzip data: unpack it first"},
      {"\x7f"
       "ELF"sv,
       "a program"},
      {"SQLite format 3"sv, "an SQLite database"},
      {"PK\x03\x04"sv, "a zip archive"},
      {"<?xml"sv, "XML (a JUnit report?)"},
      {"<"sv, "HTML or XML"},
      {"format:"sv, "a scenario: `caravan run` takes it"},
      {"caravan plan:"sv, "a plan: `caravan run` takes it, and `caravan judge` the run.ndjson of its run"},
      {"#"sv, "text with a comment or a Markdown title"},
      {"---"sv, "YAML"},
      {"["sv, "a JSON list"},
  };
  for (const auto& look : looks)
    if (begins(head, look.magic)) return look.what;
  if (begins(head, "{")) {
    if (head.find("\"checks\"") != std::string_view::npos)
      return "a report: `caravan judge` takes the run.ndjson";
    if (head.find("\"classes\"") != std::string_view::npos) return "a catalog";
    return "some other JSON";
  }
  for (const char c : head.substr(0, 200))
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') return "binary data";
  return "plain text";
}

Error foreign(const std::string& path, std::string_view all, const std::string& why) {
  return bad_request(path + ":1", "this is not a run file: " + why,
                     "it looks like " + looks_like(all.substr(0, 4000)));
}

/// The text of a file or of a pipe. What can be told from its beginning is not read to its end.
std::string read_all(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (failed && status.type() != std::filesystem::file_type::not_found)
    throw bad_request(path, "the file cannot be read: " + failed.message());
  if (!std::filesystem::exists(status)) throw bad_request(path, "there is no such file");
  if (std::filesystem::is_directory(status))
    throw bad_request(path, "this is a folder, not a run file", "the recording in it is called run.ndjson");
  if (!std::filesystem::is_regular_file(status) && !std::filesystem::is_fifo(status))
    throw bad_request(path, "this is a device or a socket, not a run file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw bad_request(path, "the file cannot be read");
  std::string all;
  std::size_t line = 0;  // where the last one begins
  std::vector<char> block(std::size_t{1} << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    const std::string_view read(block.data(), static_cast<std::size_t>(in.gcount()));
    if (const auto end = read.rfind('\n'); end != std::string_view::npos) line = all.size() + end + 1;
    all += read;
    if (all.front() != '{') throw foreign(path, all, "its first line is not a JSON object");
    if (all.size() - line > longest_line)
      throw bad_request(path, fmt::format("a line is longer than {} MiB", longest_line >> 20),
                        "this cannot be a run file");
    if (all.size() > largest) throw bad_request(path, "the file is larger than 4 GiB");
  }
  if (in.bad()) throw machine_failed(path, "reading failed");
  return all;
}

/// How a line begins of which the rest was lost; one that is not JSON for another reason is damage.
bool begins_well(std::string_view line, bool header) {
  static constexpr std::string_view head = R"({"n":0,"t":0,"kind":"header")";
  return begins(line, header ? head.substr(0, line.size()) : "{");
}

/// Where the reader is. Its texts are made when something is wrong: a recording has a hundred thousand lines.
struct Place {
  const std::string& path;
  std::size_t number;
  std::int64_t expected;
  std::string line() const { return fmt::format("{}:{}", path, number); }
  std::string event() const { return fmt::format("{}: event {}", line(), expected); }
};

void check_header(const std::string& path, std::string_view all, const Json& header) {
  const auto kind = header.is_object() ? header.find("kind") : header.end();
  if (!header.is_object() || kind == header.end() || *kind != "header")
    throw foreign(path, all, "its first line is not a header");
  const auto format = header.find("format");
  if (format != header.end() && format->is_number_integer() && *format != known_format)
    throw bad_request(
        path + ":1",
        fmt::format("the run file has format {}, this program knows {}", format->dump(), known_format),
        *format > known_format ? "use the caravan that wrote it, or a newer one"
                               : "there has never been such a format");
}

void check_number(const Place& place, const Json& event) {
  const auto expected = place.expected;
  const auto n = event.find("n");
  if (n == event.end() || !n->is_number_integer())
    throw bad_request(place.line(), "the event has no number \"n\"");
  const auto got = n->get<std::int64_t>();
  if (got > expected)
    throw bad_request(place.line(), fmt::format("event {} follows event {}: {} missing", got, expected - 1,
                                                got - expected == 1
                                                    ? fmt::format("event {} is", expected)
                                                    : fmt::format("events {} to {} are", expected, got - 1)));
  if (got < expected)
    throw bad_request(place.line(), fmt::format("event {} follows event {}", got, expected - 1),
                      "two recordings in one file, or lines in the wrong order");
}

/// Returns it. Deadlines and outages are sums of these: none may overflow, and none runs backwards.
std::int64_t check_time(const Place& place, const Json& event, std::int64_t before) {
  const auto& t = event.at("t");
  const auto time = t.get<std::int64_t>();
  if (time < 0 || time > longest_run)
    throw bad_request(
        place.event(),
        fmt::format("its \"t\" is {}; microseconds since the run began were expected", t.dump()));
  if (time < before)
    throw bad_request(place.event(),
                      fmt::format("its \"t\" is {}, before the {} of the event above it", time, before),
                      "lines in the wrong order, or a recording that was edited");
  return time;
}

}  // namespace

RunFile read_run(const std::filesystem::path& file) {
  return read_run_text(file.string(), read_all(file.string()));
}

RunFile read_run_text(const std::string& path, std::string_view all) {
  RunFile run;
  run.path = path;
  if (all.empty()) throw bad_request(run.path, "the file is empty", "a run file starts with a header event");
  // Zeros at the end: blocks that a file was given, and that a power cut kept from being filled.
  const auto view = all.substr(0, all.find_last_not_of('\0') + 1);
  if (view.empty()) throw foreign(run.path, all, "it has nothing but zero bytes");
  LineReader lines(view);
  std::size_t at = 0, number = 0;
  std::int64_t expected = 0, time = 0;
  while (at < view.size()) {
    ++number;
    const auto stop = view.find('\n', at);
    const bool whole = stop != std::string_view::npos;
    std::string_view line = view.substr(at, whole ? stop - at : std::string_view::npos);
    at = whole ? stop + 1 : view.size();
    const Place place{run.path, number, expected};
    if (number == 1 && !begins(line, "{"))
      throw foreign(run.path, view, "its first line is not a JSON object");
    auto read = lines.read(line);
    if (!read && !whole && begins_well(line, number == 1) && !Json::accept(line)) {
      run.cut = fmt::format("the recording is cut off in event {}, after {} bytes of its line", expected,
                            line.size());
      if (number == 1) throw Error(Exit::undecided, place.line(), run.cut, "nothing was recorded");
      break;
    }
    if (run.complete)
      throw bad_request(place.line(), "something follows the end event", "two recordings in one file?");
    if (!read && number == 1) throw foreign(run.path, view, "its first line is not JSON");
    Json event = read ? std::move(*read) : read_strictly(line, run.path, number, expected);
    if (number == 1) check_header(run.path, view, event);
    if (const auto wrong = wrong_shape(event)) throw bad_request(place.event(), wrong->what, wrong->hint);
    check_number(place, event);
    time = check_time(place, event, time);
    if (number > 1 && event.at("kind") == "header")
      throw bad_request(place.line(), "a second header", "two recordings in one file?");
    run.complete = event.at("kind") == "end";
    run.events.push_back(std::move(event));
    ++expected;
  }
  if (run.cut.empty() && view.size() < all.size())
    run.cut =
        fmt::format("the recording ends in {} zero bytes, as after a power cut", all.size() - view.size());
  run.header = run.events.front();
  return run;
}

}  // namespace caravan::reports

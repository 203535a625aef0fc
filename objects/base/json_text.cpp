#include "objects/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "objects/base/error.hpp"
#include "objects/base/json_reader.hpp"
#include "objects/base/nearest.hpp"

namespace caravan {

std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
  // Eight characters at a time; a byte of `odd` has its top bit set if that character is not plain.
  const auto zero = [](std::uint64_t word) { return (word - ones) & ~word; };
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t controls = word - ones * 0x20;
    const std::uint64_t odd = word | controls | zero(word ^ (ones * '"')) | zero(word ^ (ones * '\\'));
    if ((odd & tops) != 0) break;
  }
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) - 0x20U < 0x60U && c != '"' && c != '\\';
  };
  while (at < text.size() && plain(text[at])) ++at;
  return at;
}

Json parse_json_strict(std::string_view text, const std::string& where) {
  if (text.size() > json_text_limit) {
    throw bad_request(where,
                      fmt::format("{} bytes, more than the {} that are read", text.size(), json_text_limit));
  }
  return JsonReader(text, where).document();
}

std::string read_text_file(const std::filesystem::path& file) {
  std::error_code code;
  const auto status = std::filesystem::status(file, code);
  if (!std::filesystem::exists(status)) {
    std::vector<std::string> names;
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    for (auto it = std::filesystem::directory_iterator(folder, code);
         !code && it != std::filesystem::directory_iterator(); it.increment(code)) {
      names.push_back(it->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    const std::string close = nearest(file.filename().string(), names);
    throw bad_request(file.string(), "no such file",
                      close.empty() ? "" : fmt::format("did you mean \"{}\"?", close));
  }
  if (std::filesystem::is_directory(status))
    throw bad_request(file.string(), "this is a folder, a file was expected");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw bad_request(file.string(), "cannot be opened for reading");
  // Read a byte more than allowed instead of asking the size: pipes and /proc files have none.
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (text.size() <= json_text_limit &&
         (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0)) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw machine_failed(file.string(), "reading failed");
  if (text.size() > json_text_limit) {
    throw bad_request(file.string(), fmt::format("larger than the {} bytes that are read", json_text_limit));
  }
  return text;
}

}  // namespace caravan

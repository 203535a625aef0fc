// Strict JSON reading for files that people or other programs wrote: every error says line:column.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "objects/base/json.hpp"

namespace caravan {

constexpr std::size_t json_text_limit = std::size_t{64} << 20;  ///< bytes
constexpr int json_depth_limit = 200;

/// RFC 8259, nothing more: no comments, no trailing commas, no duplicate keys, valid UTF-8, at most
/// json_depth_limit levels and json_text_limit bytes, integers within 64 bits. A leading byte order mark is
/// skipped. Throws bad_request with `where`:line:column (columns count characters, from 1).
Json parse_json_strict(std::string_view text, const std::string& where);

/// How many characters at the front stand for themselves inside a JSON string: ASCII but controls, quotes,
/// backslashes.
std::size_t plain_prefix(std::string_view text);

/// The whole file; throws bad_request if it is missing, a folder or above json_text_limit, naming the nearest
/// file of the same folder.
std::string read_text_file(const std::filesystem::path& file);

}  // namespace caravan

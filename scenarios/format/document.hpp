// A YAML or JSON text as one tree of values, each with its place, so that every later error can name it.
// Knows nothing of scenarios.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "objects/base/json.hpp"

namespace caravan::scenarios {

/// Where a value begins in its text.
struct Place {
  int line = 1, column = 1;  ///< both from 1; columns count characters
};

/// One value of a document, with all below it.
struct DocumentValue {
  /// A list and a map have `values`, all others `scalar`.
  enum class Kind { null, boolean, integer, number, text, list, map };
  Kind kind = Kind::null;
  Place place;
  Json scalar;                        ///< null, boolean, integer, number, text
  std::string raw;                    ///< a number as it was written
  std::vector<std::string> keys;      ///< map: one per value
  std::vector<Place> key_places;      ///< map: one per value
  std::vector<DocumentValue> values;  ///< list, map

  /// The value of a map under this key; null if this is not a map, or has none.
  const DocumentValue* find(std::string_view key) const;
  /// The same tree without places.
  Json to_json() const;
};

/// "text \"abc\"", "the number 2.5", "a list": for errors.
std::string describe(const DocumentValue& value);

/// "where:line:column"
std::string place_text(const std::string& where, const Place& place);

/// Which syntax read_document() holds a text to.
enum class TextFormat { yaml, json };

constexpr std::size_t document_size_limit = std::size_t{1} << 20;  ///< bytes
constexpr int document_depth_limit = 50;
constexpr int document_node_limit = 20000;  ///< values, those behind aliases counted each time

/// Throws bad_request with where:line:column: too large, not UTF-8, empty, syntax, two documents, duplicate
/// keys, merge keys, tags, aliases that recur or multiply, nesting and number of values.
DocumentValue read_document(std::string_view text, const std::string& where, TextFormat format);

namespace detail {
/// The YAML half (document_yaml.cpp), after the checks that both formats share.
DocumentValue read_yaml(std::string_view text, const std::string& where);
}  // namespace detail

}  // namespace caravan::scenarios

// A place in a parsed document that can be read with checks: every complaint names the document path and,
// where the text is known, line and column.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "objects/base/error.hpp"
#include "objects/base/json.hpp"
#include "objects/base/version.hpp"

namespace caravan {

/// Offset of the value at a JSON pointer in a text that parses; the nearest parent's if the member is
/// missing.
std::size_t offset_of(std::string_view text, const std::string& pointer);

/// One value of a document and its path: a view, which the Json must outlive. What reads it throws Error
/// (bad_request) at place() unless the value is what was asked for.
class JsonAt {
 public:
  /// `text` may be empty; if not, it must outlive this and be what `json` was parsed from.
  JsonAt(const Json& json, std::string where, std::string_view text = {})
      : json_(&json), where_(std::move(where)), text_(text) {}

  /// The value as it is, and its JSON pointer (empty: the document).
  const Json& json() const { return *json_; }
  const std::string& path() const { return path_; }
  /// "where: /path", or "where:line:column: /path".
  std::string place() const;
  /// Throws Error (bad_request) at place().
  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const;

  /// Whether it is an object with this member.
  bool has(std::string_view key) const { return json_->is_object() && json_->contains(key); }
  JsonAt member(const std::string& key) const;                  ///< fails if missing
  std::vector<JsonAt> items() const;                            ///< of an array
  std::vector<std::pair<std::string, JsonAt>> members() const;  ///< of an object, in order

  /// An object with these members and no others.
  void only(std::initializer_list<const char*> known) const;
  void only(const std::vector<std::string>& known) const;

  /// The value, if it is of that kind: `number` takes integers from `least` to 2147483647, `one_of` a text of
  /// `known` (the error calls it `what`, and names the nearest), `texts` a list of texts.
  std::string text() const;
  std::string name() const;  ///< text that is not empty
  bool flag() const;
  int number(int least) const;
  Version version() const;
  std::string one_of(const std::vector<std::string>& known, const char* what) const;
  std::vector<std::string> texts() const;

  /// The member, or `otherwise` if it is missing. One that is there must be of that kind: null is an error.
  std::string text_or(const std::string& key, const std::string& otherwise) const;
  bool flag_or(const std::string& key, bool otherwise) const;

 private:
  JsonAt child(const Json& json, const std::string& step) const;
  [[noreturn]] void expected(const char* what) const;

  const Json* json_;
  std::string where_;
  std::string_view text_;
  std::string path_;
};

}  // namespace caravan

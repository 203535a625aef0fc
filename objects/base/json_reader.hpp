// A strict reader of JSON text, a value or a piece of one at a time; parse_json_strict reads a whole document
// with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/base/json_text.hpp"

namespace caravan {

/// What it refuses, and how it says where: objects/base/json_text.hpp. Depths count from 1, the document's
/// own level.
class JsonReader {
 public:
  /// Both must outlive the reader. `line` is the number of the text's first line, `deepest` the levels that
  /// are read.
  JsonReader(std::string_view text, const std::string& where, std::size_t line = 1,
             int deepest = json_depth_limit);

  Json document();        ///< one value and the end of the text
  Json value(int depth);  ///< the value that begins here
  std::string string();   ///< here is a quotation mark
  /// Steps over that key and its colon if they come next. `quoted` has the quotation marks.
  bool take_key(std::string_view quoted);
  bool take_null();
  void enter(int depth) const;  ///< refuses a level too deep

  /// `space` steps over white space. `take` steps over the character and says whether it came next; `sees`
  /// only looks.
  void space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool take(char c) {
    if (!sees(c)) return false;
    ++at_;
    return true;
  }
  bool sees(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool at_end() const { return at_ == text_.size(); }

 private:
  struct Member {
    std::string key;
    Json value;
    std::size_t place;
  };

  [[noreturn]] void fail(std::size_t at, const std::string& message, const std::string& hint = {}) const;
  [[noreturn]] void not_utf8() const;
  std::string seen() const;
  Json word(std::string_view expected, Json result);
  Json array(int depth);
  Json object(int depth);
  void no_duplicates(std::size_t first) const;
  void escape(std::string& out);
  std::uint32_t hex4(std::size_t begin);
  Json number();
  template <class Number>
  Json exact(std::size_t begin, const char* first, const char* last) const;

  std::string_view text_;
  const std::string& where_;
  std::size_t line_;
  int deepest_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  // What the open arrays and objects hold so far. Each gets a container of the right size when it closes:
  // growing one member by member costs twice the time of everything else, because ordered_map copies its
  // keys.
  std::vector<Json> items_;
  std::vector<Member> members_;
};

}  // namespace caravan

// YAML by yaml-cpp's events, the only file that includes it. Events and not nodes: depth, count and aliases
// are bounded while reading, and scalars get their types here (yaml-cpp keeps none).
#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <sstream>

#include "objects/base/error.hpp"
#include "objects/base/utf8.hpp"
#include "scenarios/format/document.hpp"

namespace caravan::scenarios {
namespace {

using Kind = DocumentValue::Kind;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

// A plain scalar by the core schema of YAML 1.2: yes, no, on and off are text.
void set_plain(DocumentValue& value, const std::string& text) {
  value.kind = Kind::text;
  value.scalar = text;
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) {
    value.kind = Kind::null;
    value.scalar = nullptr;
    return;
  }
  if (one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) {
    value.kind = Kind::boolean;
    value.scalar = text[0] == 't' || text[0] == 'T';
    return;
  }
  const std::string digits = text[0] == '+' ? text.substr(1) : text;
  if (digits.empty() || digits.find_first_not_of("0123456789+-.eE") != std::string::npos ||
      digits.find_first_of("0123456789") == std::string::npos) {
    return;
  }
  const char* end = digits.data() + digits.size();
  std::int64_t integer = 0;
  if (const auto read = std::from_chars(digits.data(), end, integer);
      read.ec == std::errc() && read.ptr == end) {
    value.kind = Kind::integer;
    value.scalar = integer;
    value.raw = text;
    return;
  }
  double number = 0;
  if (const auto read = std::from_chars(digits.data(), end, number);
      read.ec == std::errc() && read.ptr == end) {
    value.kind = Kind::number;
    value.scalar = number;
    value.raw = text;
  }
}

class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& where) : text_(text), where_(where) {
    starts_.push_back(text_.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') starts_.push_back(i + 1);
    }
  }

  std::optional<DocumentValue> root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) fail(place(mark), "a second document", "one scenario per file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    DocumentValue value;
    value.place = place(mark);
    remember(anchor, value);
    add(std::move(value));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Place at = place(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(at, "an alias inside the very value that it names");
    count(at, found->second.second);
    DocumentValue copy = found->second.first;
    // Errors inside it point at the alias's target, where the text is; the value itself at the alias.
    copy.place = at;
    if (static_cast<int>(open_.size()) + depth(copy) > document_depth_limit) too_deep(at);
    add(std::move(copy), false);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    DocumentValue value;
    value.place = place(mark);
    refuse_tag(value.place, tag);
    if (tag == "?") {
      set_plain(value, text);
    } else {
      value.kind = Kind::text;
      value.scalar = text;
    }
    remember(anchor, value);
    add(std::move(value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Kind::map);
  }
  void OnMapEnd() override { close(); }

  // yaml-cpp counts bytes; people count characters. Marks come in rising order, so one walk a line suffices.
  Place place(const YAML::Mark& mark) {
    const int last = static_cast<int>(starts_.size()) - 1;
    const int line = std::clamp(mark.line, 0, last);
    const std::size_t start = starts_[static_cast<std::size_t>(line)];
    const std::size_t target =
        std::min(text_.size(), start + static_cast<std::size_t>(std::max(0, mark.column)));
    if (line != line_ || target < walked_) {
      line_ = line;
      walked_ = start;
      characters_ = 0;
    }
    for (; walked_ < target; ++walked_) {
      if (!utf8::is_tail(text_[walked_])) ++characters_;
    }
    return Place{line + 1, characters_ + 1};
  }

  [[noreturn]] void fail(const Place& at, const std::string& message, const std::string& hint = {}) const {
    throw bad_request(place_text(where_, at), message, hint);
  }
  [[noreturn]] void too_deep(const Place& at) const {
    fail(at, fmt::format("nested deeper than {} levels", document_depth_limit));
  }

 private:
  struct Open {
    DocumentValue value;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    int began = 0;                     // count_ before it
    std::map<std::string, int> lines;  // of its keys
  };

  static int depth(const DocumentValue& value) {
    int deepest = 0;
    for (const DocumentValue& child : value.values) deepest = std::max(deepest, depth(child));
    return deepest + 1;
  }

  void count(const Place& at, int more) {
    count_ += more;
    if (count_ > document_node_limit) {
      fail(at, fmt::format("more than {} values", document_node_limit),
           "values behind an alias count each time");
    }
  }

  void remember(YAML::anchor_t anchor, const DocumentValue& value) {
    if (anchor != 0) remember(anchor, value, 1);
  }

  // What is kept for aliases is a copy: bounded too, or nested anchors would multiply it.
  void remember(YAML::anchor_t anchor, const DocumentValue& value, int size) {
    remembered_ += size;
    if (remembered_ > document_node_limit) {
      fail(value.place, fmt::format("more than {} values behind anchors", document_node_limit));
    }
    anchors_[anchor] = {value, size};
  }

  void refuse_tag(const Place& at, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    fail(at, fmt::format("the tag {}", tag), "scenarios use no tags");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    Open next;
    next.value.kind = kind;
    next.value.place = place(mark);
    next.anchor = anchor;
    next.began = count_;
    refuse_tag(next.value.place, tag);
    if (!open_.empty() && open_.back().value.kind == Kind::map && !open_.back().has_key) {
      fail(next.value.place, kind == Kind::map ? "a map as a key" : "a list as a key", "keys are text");
    }
    if (static_cast<int>(open_.size()) >= document_depth_limit) too_deep(next.value.place);
    count(next.value.place, 1);
    open_.push_back(std::move(next));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) remember(done.anchor, done.value, count_ - done.began);
    add(std::move(done.value), false);
  }

  void add(DocumentValue value, bool counted = true) {
    if (counted) count(value.place, 1);
    if (open_.empty()) {
      root = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.kind == Kind::list) {
      parent.value.values.push_back(std::move(value));
      return;
    }
    if (parent.has_key) {
      parent.value.values.push_back(std::move(value));
      parent.has_key = false;
      return;
    }
    add_key(parent, value);
  }

  void add_key(Open& parent, const DocumentValue& key) const {
    std::string name;
    if (key.kind == Kind::text) {
      name = key.scalar.get<std::string>();
    } else if (key.kind == Kind::integer || key.kind == Kind::number) {
      fail(key.place, fmt::format("the number {} as a key", key.raw),
           fmt::format("write \"{}\" in quotes", key.raw));
    } else {
      fail(key.place, fmt::format("{} as a key", describe(key)), "keys are text");
    }
    if (name == "<<") fail(key.place, "the merge key <<", "merge keys are not supported: write the keys out");
    const auto [first, is_new] = parent.lines.emplace(name, key.place.line);
    if (!is_new) {
      fail(key.place, fmt::format("the key \"{}\" appears twice", name),
           fmt::format("first in line {}", first->second));
    }
    parent.value.keys.push_back(std::move(name));
    parent.value.key_places.push_back(key.place);
    parent.has_key = true;
  }

  std::string_view text_;
  const std::string& where_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::pair<DocumentValue, int>> anchors_;  // value, how many values it has
  int count_ = 0;
  int remembered_ = 0;
  std::vector<std::size_t> starts_;  // of each line
  int line_ = -1, characters_ = 0;   // how far place() has walked
  std::size_t walked_ = 0;
};

}  // namespace

DocumentValue detail::read_yaml(std::string_view text, const std::string& where) {
  Builder builder(text, where);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::DeepRecursion& error) {
    builder.too_deep(builder.place(error.mark));
  } catch (const YAML::Exception& error) {
    const std::string hint =
        text.find('\t') != std::string_view::npos ? "YAML is indented with spaces, never with tabs" : "";
    builder.fail(builder.place(error.mark), "not YAML: " + error.msg, hint);
  }
  if (!builder.root) {
    throw bad_request(where, "the file is empty", "a scenario was expected: docs/scenarios.md shows one");
  }
  return *std::move(builder.root);
}

}  // namespace caravan::scenarios

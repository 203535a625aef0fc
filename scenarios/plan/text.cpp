// A plan as text: the numbered tree that people read, and the same tree read back. One line a step, one an
// operation.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <tuple>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/printable.hpp"
#include "objects/base/utf8.hpp"
#include "scenarios/plan/plan.hpp"

namespace caravan::scenarios {
namespace {

constexpr std::string_view bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+-";

// A word of a line: as it is, or as a JSON string; "-" means none.
std::string word(const std::string& text) {
  if (text.empty()) return "-";
  return text == "-" || text.find_first_not_of(bare) != std::string::npos ? Json(text).dump() : text;
}

// The rest of a line: as it is, or as a JSON string where spaces at the ends, quotes or controls would be
// lost.
std::string rest(const std::string& text) {
  const bool plain = !text.empty() && text.front() != ' ' && text.front() != '"' && text.back() != ' ' &&
                     one_line(text) == text;
  return plain || text.empty() ? text : Json(text).dump();
}

/// As it is written in a plan: "die-in".
std::string spelt(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// "c2-17" is client 2's; the member `client` is written only where the id does not tell.
int client_of(const std::string& id) {
  int client = 0;
  const std::size_t dash = id.find('-');
  if (dash == std::string::npos || dash < 2 || id[0] != 'c') return 0;
  const auto read = std::from_chars(id.data() + 1, id.data() + dash, client);
  return read.ec == std::errc() && read.ptr == id.data() + dash ? client : 0;
}

void print(std::string& out, const Operation& op, const std::string& indent) {
  Json json = Json::object();
  if (op.client != client_of(op.id)) json["client"] = op.client;
  if (!op.engine.empty()) json["engine"] = op.engine;
  if (op.expect != "ok") json["expect"] = op.expect;
  if (op.fields != Json::object()) json["fields"] = op.fields;
  if (op.raw) json["raw"] = true;
  if (!op.want.is_null()) json["want"] = op.want;
  out += fmt::format("{}- {} {} {} {} {} {}", indent, word(op.id), word(op.via), word(op.method),
                     word(op.object), word(op.row), word(op.purpose));
  if (!json.empty()) out += " " + json.dump();
  out += '\n';
}

void print(std::string& out, const PlanStep& step, std::size_t depth) {
  const std::string indent(depth * 2, ' ');
  out += fmt::format("{}{} {}", indent, word(step.number), step::word(step.action));
  step::each_member(step.action, [&](const char* name, const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if (value == Value{}) return;
    if constexpr (std::is_same_v<Value, int>)
      out += fmt::format(" {}={}", spelt(name), value);
    else if constexpr (std::is_enum_v<Value>)
      out += fmt::format(" {}={}", spelt(name), caravan::name(value));
    else
      out += fmt::format(" {}={}", spelt(name), word(value));
  });
  if (!step.why.empty()) out += " : " + rest(step.why);
  out += '\n';
  for (const PlanStep& child : step.steps) print(out, child, depth + 1);
  for (const Operation& op : step.operations) print(out, op, indent + "  ");
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& where, PlanPlaces* places)
      : text_(text), where_(where), places_(places) {}

  Plan plan() {
    header();
    std::vector<std::vector<PlanStep>*> open = {&plan_.steps};  // the list of each depth
    while (next()) {
      std::size_t spaces = line_.find_first_not_of(' ');
      if (spaces % 2 != 0) fail(fmt::format("{} spaces of indentation", spaces), "two a level");
      const std::size_t depth = spaces / 2;
      at_ = spaces;
      const bool operation = line_.substr(at_, 2) == "- ";
      if (depth >= open.size() || (operation && depth == 0)) {
        fail(operation ? "an operation outside a step" : "a step deeper than its parent allows",
             "two spaces of indentation per level");
      }
      open.resize(depth + 1);
      if (operation) {
        PlanStep& parent = open[depth - 1]->back();
        at_ += 2;
        parent.operations.push_back(read_operation());
        if (places_ != nullptr) places_->operations[parent.operations.back().id] = here();
      } else {
        open[depth]->push_back(read_step());
        if (places_ != nullptr) places_->steps[open[depth]->back().number] = here();
        open.push_back(&open[depth]->back().steps);
      }
    }
    return std::move(plan_);
  }

 private:
  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const {
    throw bad_request(here(), message, hint);
  }
  std::string here() const { return fmt::format("{}:{}", where_, number_); }

  // The next line that is not empty; false at the end.
  bool next() {
    while (from_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', from_), text_.size());
      line_ = text_.substr(from_, end - from_);
      if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
      from_ = end + 1;
      ++number_;
      if (const auto bad = utf8::invalid(line_); bad != std::string_view::npos)
        fail(fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(line_[bad])));
      if (line_.find_first_not_of(' ') != std::string_view::npos) return true;
    }
    return false;
  }

  std::string header_value(const std::string& name) { return text(raw_header_value(name)); }

  std::string_view raw_header_value(const std::string& name) {
    if (!next()) fail(fmt::format("the plan ends where \"{}: ...\" was expected", name));
    const std::string prefix = name + ":";
    if (line_.substr(0, prefix.size()) != prefix) {
      fail(fmt::format("\"{}: ...\" was expected", name),
           name == "caravan plan" ? "is this a plan at all?" : "");
    }
    std::string_view value = line_.substr(prefix.size());
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }

  std::string text(std::string_view value) const {
    if (value.empty() || value.front() != '"') return std::string(value);
    const Json json = parse(value);
    if (!json.is_string()) fail("a string in quotes was expected");
    return json.get<std::string>();
  }

  Json parse(std::string_view value) const {
    try {
      return parse_json_strict(value, "json");
    } catch (const Error& error) {
      fail("the JSON at the end of the line: " + error.message(), error.hint());
    }
  }

  template <typename Integer>
  Integer integer(std::string_view value) const {
    Integer result{};
    const auto read = std::from_chars(value.data(), value.data() + value.size(), result);
    if (read.ec == std::errc::result_out_of_range) fail(fmt::format("{} is out of range", value));
    if (value.empty() || read.ec != std::errc() || read.ptr != value.data() + value.size()) {
      fail(fmt::format("\"{}\" where a number was expected", value));
    }
    return result;
  }

  template <class Enum>
  Enum header_word(const char* key) {
    const std::string word = header_value(key);
    const auto known = word_from<Enum>(word);
    if (!known) fail(fmt::format("unknown {} \"{}\"", key, word), did_you_mean(word, spelt_words<Enum>()));
    return *known;
  }

  void header() {
    const std::string format = header_value("caravan plan");
    if (format != "1") fail(fmt::format("format {} of plans", format), "this program reads format 1");
    plan_.scenario = header_value("scenario");
    plan_.about = header_value("about");
    plan_.seed = integer<std::uint64_t>(header_value("seed"));
    plan_.from = header_value("from");
    plan_.to = header_value("to");
    plan_.mode.access = header_word<Access>("access");
    plan_.mode.compat = header_word<Compatibility>("compat");
    plan_.mode.database = header_value("database");
    if (starts_next("migration:")) plan_.migration = header_value("migration");
    if (starts_next("row stamps:")) {
      if (header_value("row stamps") != "true") fail("row stamps: true, or no such line, was expected");
      plan_.row_stamps = true;
    }
    const Json nodes = parse(raw_header_value("nodes"));
    if (!nodes.is_object()) fail("nodes: a map of roles to numbers was expected");
    for (const auto& [role, count] : nodes.items()) {
      if (!count.is_number_integer())
        fail(fmt::format("nodes: {} of {}", count.dump(), role), "a number was expected");
      plan_.nodes.emplace_back(role, integer<int>(count.dump()));
    }
    if (starts_next("programs:")) programs();
    if (starts_next("config:")) config();
    plan_.clients = integer<int>(header_value("clients"));
    plan_.expect = parse(raw_header_value("expect"));
  }

  // Looks at the next line and stays where it is.
  bool starts_next(std::string_view prefix) {
    const auto here = std::make_tuple(from_, number_, line_);
    const bool found = next() && line_.substr(0, prefix.size()) == prefix;
    std::tie(from_, number_, line_) = here;
    return found;
  }

  void programs() {
    const Json given = parse(raw_header_value("programs"));
    if (!given.is_object()) fail("programs: a map of nodes to programs was expected");
    for (const auto& [node, program] : given.items()) {
      if (!program.is_string()) fail("programs: the program of " + node + " is not a text");
      add_program(plan_.programs, plan_.nodes, node, program.get<std::string>(), here());
    }
  }

  void config() {
    const Json given = parse(raw_header_value("config"));
    if (!given.is_object()) fail("config: a map of nodes to options was expected");
    for (const auto& [node, options] : given.items()) {
      if (!options.is_object()) fail("config: a map of options was expected for " + node);
      plan_.config[node] = options;
    }
  }

  // The next word of the line, or none at its end.
  std::optional<std::string> take() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
    if (at_ >= line_.size()) return std::nullopt;
    return quoted_or_bare();
  }

  std::string quoted_or_bare() {
    const std::size_t begin = at_;
    if (at_ < line_.size() && line_[at_] == '"') {
      for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
        if (line_[at_] == '\\') ++at_;
      }
      at_ = std::min(at_ + 1, line_.size());
      return text(line_.substr(begin, at_ - begin));
    }
    while (at_ < line_.size() && line_[at_] != ' ') ++at_;
    const std::string_view result = line_.substr(begin, at_ - begin);
    return result == "-" ? std::string() : std::string(result);
  }

  PlanStep read_step() {
    PlanStep step;
    step.number = take().value_or("");
    if (step.number.empty() || step.number.find_first_not_of("0123456789.") != std::string::npos) {
      fail(fmt::format("\"{}\" where the number of a step was expected", step.number),
           "operations begin with \"- \"");
    }
    if (!numbers_.insert(step.number).second) fail(fmt::format("a second step {}", step.number));
    const std::optional<std::string> verb = take();
    if (!verb) fail(fmt::format("step {} without a verb", step.number));
    const auto action = step::action_of(*verb);
    if (!action) fail(fmt::format("unknown verb \"{}\"", *verb), did_you_mean(*verb, step::words()));
    step.action = *action;
    std::set<std::string> given;
    while (true) {
      while (at_ < line_.size() && line_[at_] == ' ') ++at_;
      if (at_ >= line_.size()) return step;
      if (line_.substr(at_, 2) == ": ") {
        step.why = text(line_.substr(at_ + 2));
        return step;
      }
      member(step, given);
    }
  }

  void member(PlanStep& step, std::set<std::string>& given) {
    const std::size_t end = std::min(line_.find_first_of("= ", at_), line_.size());
    const std::string name(line_.substr(at_, end - at_));
    bool found = false;
    std::vector<std::string> known;
    step::each_member(step.action, [&](const char* of, auto& value) {
      known.push_back(spelt(of));
      if (name != known.back()) return;
      found = true;
      if (!given.insert(name).second) fail(fmt::format("a second {} of step {}", name, step.number));
      if (line_.substr(end, 1) != "=")
        fail(fmt::format("{} of step {} has no value", name, step.number), name + "=VALUE");
      at_ = end + 1;
      take_value(name, value);
    });
    if (!found)
      fail(fmt::format("unknown member \"{}\" of {}", name, step::word(step.action)),
           did_you_mean(name, known));
  }
  void take_value(const std::string&, std::string& value) { value = quoted_or_bare(); }
  void take_value(const std::string&, int& value) { value = integer<int>(quoted_or_bare()); }
  template <class Word>
  void take_value(const std::string& name, Word& value) {
    const std::string text = quoted_or_bare();
    const auto known = word_from<Word>(text);
    if (!known) fail(fmt::format("unknown {} \"{}\"", name, text), did_you_mean(text, spelt_words<Word>()));
    value = *known;
  }

  Operation read_operation() {
    Operation op;
    std::string* const words[] = {&op.id, &op.via, &op.method, &op.object, &op.row, &op.purpose};
    const char* const names[] = {"id", "api", "method", "object", "row", "purpose"};
    for (std::size_t i = 0; i < std::size(words); ++i) {
      while (at_ < line_.size() && line_[at_] == ' ') ++at_;
      const bool json = at_ < line_.size() && line_[at_] == '{';
      std::optional<std::string> taken = json ? std::nullopt : take();
      if (!taken)
        fail(fmt::format("an operation without its {}", names[i]),
             "- ID API METHOD OBJECT ROW PURPOSE {...}");
      *words[i] = *std::move(taken);
    }
    if (!ids_.insert(op.id).second) fail(fmt::format("a second operation {}", op.id));
    op.client = client_of(op.id);
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
    if (at_ >= line_.size()) return op;
    const Json json = parse(line_.substr(at_));
    if (!json.is_object()) fail("an operation ends in a JSON object");
    for (const auto& [key, value] : json.items()) {
      if (key == "client" && value.is_number_integer()) {
        op.client = integer<int>(value.dump());
      } else if (key == "engine" && value.is_string()) {
        op.engine = value.get<std::string>();
      } else if (key == "expect" && value.is_string()) {
        op.expect = value.get<std::string>();
      } else if (key == "fields") {
        op.fields = value;
      } else if (key == "raw" && value.is_boolean()) {
        op.raw = value.get<bool>();
      } else if (key == "want") {
        op.want = value;
      } else {
        fail(fmt::format("unknown or wrong member \"{}\" of an operation", key),
             did_you_mean(key, {"client", "engine", "expect", "fields", "raw", "want"}));
      }
    }
    return op;
  }

  std::string_view text_;
  const std::string& where_;
  PlanPlaces* places_;
  Plan plan_;
  std::set<std::string> numbers_, ids_;
  std::string_view line_;
  std::size_t from_ = 0, at_ = 0;
  int number_ = 0;
};

}  // namespace

std::string print(const Plan& plan) {
  Json nodes = Json::object();
  for (const auto& [role, count] : plan.nodes) nodes[role] = count;
  std::string out = "caravan plan: 1\n";
  out += fmt::format("scenario: {}\n", rest(plan.scenario));
  out += fmt::format("about: {}\n", rest(plan.about));
  out += fmt::format("seed: {}\n", plan.seed);
  out += fmt::format("from: {}\nto: {}\n", rest(plan.from), rest(plan.to));
  out += fmt::format("access: {}\ncompat: {}\ndatabase: {}\n", name(plan.mode.access), name(plan.mode.compat),
                     rest(plan.mode.database));
  if (plan.migration != "phased") out += fmt::format("migration: {}\n", rest(plan.migration));
  if (plan.row_stamps) out += "row stamps: true\n";
  out += fmt::format("nodes: {}\n", nodes.dump());
  if (!plan.programs.empty()) out += fmt::format("programs: {}\n", Json(plan.programs).dump());
  if (!plan.config.empty()) out += fmt::format("config: {}\n", Json(plan.config).dump());
  out += fmt::format("clients: {}\nexpect: {}\n\n", plan.clients, plan.expect.dump());
  for (const PlanStep& step : plan.steps) print(out, step, 0);
  return printable(out);  // what control characters there are stand in JSON
}

Plan parse_plan(std::string_view text, const std::string& where, PlanPlaces* places) {
  if (places != nullptr) places->otherwise = where;
  return Reader(text, where, places).plan();
}

bool starts_alone(const PlanStep& step) {
  const auto* start = std::get_if<step::Start>(&step.action);
  return start != nullptr && start->expect == step::Expect::done && step.operations.empty() &&
         step.steps.empty();
}

std::string PlanPlaces::of(const PlanStep& step) const {
  for (std::string number = step.number; !number.empty();) {
    if (const auto found = steps.find(number); found != steps.end()) return found->second;
    const std::size_t dot = number.rfind('.');
    number.resize(dot == std::string::npos ? 0 : dot);
  }
  return otherwise;
}

std::string PlanPlaces::of(const PlanStep& step, const Operation& op) const {
  const auto found = operations.find(op.id);
  return found == operations.end() ? of(step) : found->second;
}

std::string PlanPlaces::name(const std::string& id, const std::string& unnamed) const {
  const auto found = names.find(id);
  return found == names.end() ? unnamed : found->second;
}

}  // namespace caravan::scenarios

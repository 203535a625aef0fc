// show: a recording as lines that a person can follow, all of it or what concerns one thing.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <set>

#include "harness/cli/commands.hpp"
#include "harness/cli/recording.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/printable.hpp"
#include "objects/base/utf8.hpp"
#include "objects/vocabulary/outcomes.hpp"
#include "reports/formats/render.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::harness {
namespace {

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>()
                            : found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string shortened(std::string text, std::size_t limit = 100) {
  if (text.size() <= limit) return text;
  text.resize(limit);
  while (!text.empty() && utf8::is_tail(text.back())) text.pop_back();  // no half character
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
  return text + "…";
}

std::string error_of(const Json& error) { return text_of(error, "type") + ": " + text_of(error, "message"); }

std::string message_line(const Json& message) {
  const auto kind = text_of(message, "kind");
  auto line = fmt::format("{} {} from {}", kind, text_of(message, "id"), text_of(message, "from"));
  if (const auto to = text_of(message, "to"); !to.empty()) line += " to " + to;
  if (const auto method = text_of(message, "method"); !method.empty()) line += " " + method;
  if (const auto version = text_of(message, "version"); !version.empty()) line += " (RPC " + version + ")";
  if (kind == "reply") {
    const auto error = message.find("error");
    if (error != message.end() && error->is_object())
      line += " error " + error_of(*error);
    else
      line += " " + shortened(text_of(message, "result"));
  } else {
    line += " " + shortened(text_of(message, "args"));
  }
  if (const auto operation = text_of(message, "operation"); !operation.empty())
    line += " [" + operation + "]";
  return line;
}

std::string op_line(const Json& event) {
  const auto edge = word_from<OpEdge>(text_of(event, "edge"));
  const auto head = fmt::format("{} {}", text_of(event, "op"), text_of(event, "edge"));
  if (edge == OpEdge::invoke)
    return fmt::format("{} client {} via {} at {}: {} {} {} {}", head, text_of(event, "client"),
                       text_of(event, "via"), text_of(event, "release"), text_of(event, "method"),
                       text_of(event, "object"), text_of(event, "row"), shortened(text_of(event, "fields")));
  if (edge == OpEdge::ok) return head + " " + shortened(text_of(event, "result"));
  if (edge == OpEdge::fail) return head + " " + (event.contains("error") ? error_of(event["error"]) : "");
  return head + " " + text_of(event, "why");
}

std::string line_of(const Json& event) {
  const auto kind = text_of(event, "kind");
  std::string text;
  if (kind == "header")
    text = fmt::format("{} seed {}, {} to {}, {}", text_of(event, "scenario"), text_of(event, "seed"),
                       text_of(event, "from"), text_of(event, "to"), text_of(event, "began"));
  else if (kind == "step") {
    text = fmt::format("{} {} {}", text_of(event, "step"), text_of(event, "edge"), text_of(event, "verb"));
    for (const char* key : {"node", "release", "phase"})
      if (const auto value = text_of(event, key); !value.empty()) text += " " + value;
    if (const auto why = text_of(event, "why"); !why.empty()) text += " : " + why;
  } else if (kind == "node") {
    text = fmt::format("{}#{} at {} {}", text_of(event, "node"), text_of(event, "incarnation"),
                       text_of(event, "release"), text_of(event, "state"));
    if (event.contains("signal")) text += " signal " + text_of(event, "signal");
    if (event.contains("code")) text += " code " + text_of(event, "code");
  } else if (kind == "send")
    text = event.contains("message") ? message_line(event["message"]) : "";
  else if (kind == "deliver")
    text = text_of(event, "id") + " to " + text_of(event, "receiver");
  else if (kind == "drop")
    text = text_of(event, "id") + ": " + text_of(event, "why");
  else if (kind == "op")
    text = op_line(event);
  else if (kind == "change") {
    text = fmt::format("{} {}.{} of {}: {} -> {}", text_of(event, "action"), text_of(event, "table"),
                       text_of(event, "column"), text_of(event, "key"),
                       shortened(event.value("old", Json()).dump(), 40),
                       shortened(event.value("new", Json()).dump(), 40));
    if (const auto writer = text_of(event, "writer"); !writer.empty())
      text += fmt::format(" by {} for {}", writer, text_of(event, "cause"));
  } else if (kind == "trouble")
    text = fmt::format("{}#{}: {}", text_of(event, "node"), text_of(event, "incarnation"),
                       text_of(event, "what"));
  else if (kind == "schema")
    text = fmt::format("{} tables", event.contains("tables") ? event["tables"].size() : 0);
  else if (kind == "final")
    text = fmt::format("{}: {} rows", text_of(event, "table"),
                       event.contains("rows") ? event["rows"].size() : 0);
  else if (kind == "end")
    text = text_of(event, "outcome") + " " + text_of(event, "why");
  const double seconds = static_cast<double>(event.value("t", Json(0)).get<std::int64_t>()) / 1e6;
  return one_line(fmt::format("{:>6} {:>9.6f} {:<8} {}", text_of(event, "n"), seconds, kind, text)) + "\n";
}

/// For a screen: folded under its text. The columns before that are one word.
std::string fitted(const std::string& line, std::size_t width) {
  constexpr std::size_t columns = 25;
  auto out = line.substr(0, line.size() - 1);
  const auto head = std::min(columns, out.size());
  std::replace(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(head), ' ', '\1');
  out = reports::wrapped(out, width, width < 60 ? 4 : columns + 1) + "\n";
  std::replace(out.begin(), out.end(), '\1', ' ');
  return out;
}

/// Ids of the messages that belong to an operation: its request and whatever that caused.
std::set<std::string> messages_of(const reports::RunFile& run, const std::string& operation) {
  std::set<std::string> ids;
  for (const auto& event : run.events) {
    if (text_of(event, "kind") != "send" || !event.contains("message")) continue;
    const auto& message = event["message"];
    if (text_of(message, "operation") == operation || ids.count(text_of(message, "cause")) ||
        ids.count(text_of(message, "to")))
      ids.insert(text_of(message, "id"));
  }
  return ids;
}

bool mentions(const Json& value, const std::string& text) {
  if (value.is_string()) return value.get_ref<const std::string&>().find(text) != std::string::npos;
  if (value.is_structured())
    for (const auto& item : value.items())
      if (item.key() == text || mentions(item.value(), text)) return true;
  return false;
}

bool about_node(const Json& event, const std::string& node) {
  const auto same = [&node](const std::string& who) {
    return who == node || (node.find('#') == std::string::npos && who.rfind(node + "#", 0) == 0);
  };
  for (const char* member : {"node", "receiver", "writer"})
    if (same(text_of(event, member))) return true;
  if (same(text_of(event, "node") + "#" + text_of(event, "incarnation"))) return true;
  const auto message = event.find("message");
  return message != event.end() && (same(text_of(*message, "from")) || same(text_of(*message, "to")));
}

std::string raw(const Json& event) { return event.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Of each event, whether it lies in the step or one below it.
std::vector<bool> in_step(const reports::RunFile& run, const std::string& step) {
  std::vector<bool> out;
  int open = 0;
  for (const auto& event : run.events) {
    const auto number = text_of(event, "kind") == "step" ? text_of(event, "step") : std::string();
    const bool here = number == step || number.rfind(step + ".", 0) == 0;
    if (here && text_of(event, "edge") == "begin") ++open;
    out.push_back(open > 0);
    if (here && text_of(event, "edge") == "end") --open;
  }
  return out;
}

/// What one option of the command line asks for.
struct Filter {
  const char* option;
  std::string value;
  std::function<bool(const Json& event, std::size_t number)> holds;
};

std::vector<Filter> filters_of(const Options& options, const reports::RunFile& run) {
  std::vector<Filter> out;
  const auto add = [&out](const char* option, const std::string& value, auto holds) {
    if (!value.empty()) out.push_back({option, value, std::move(holds)});
  };
  add("--event", options.event,
      [&options](const Json&, std::size_t number) { return std::to_string(number) == options.event; });
  add("--op", options.op, [&options, related = messages_of(run, options.op)](const Json& event, std::size_t) {
    const auto message = event.find("message");
    return text_of(event, "op") == options.op || text_of(event, "operation") == options.op ||
           related.count(text_of(event, "id")) > 0 || related.count(text_of(event, "cause")) > 0 ||
           (message != event.end() && related.count(text_of(*message, "id")) > 0);
  });
  add("--object", options.object, [&options](const Json& event, std::size_t) {
    return text_of(event, "kind") != "header" && mentions(event, options.object);
  });
  add("--node", options.node,
      [&options](const Json& event, std::size_t) { return about_node(event, options.node); });
  add("--step", options.step,
      [inside = in_step(run, options.step)](const Json&, std::size_t number) { return inside[number]; });
  add("--grep", options.grep, [&options](const Json& event, std::size_t number) {
    return number > 0 && (raw(event).find(options.grep) != std::string::npos ||
                          line_of(event).find(options.grep) != std::string::npos);
  });
  return out;
}

/// Nodes, operations and steps that a mistyped value may have meant.
std::vector<std::string> names_for(const Filter& filter, const reports::RunFile& run) {
  const std::string option = filter.option;
  const char* member = option == "--node"   ? "node"
                       : option == "--op"   ? "op"
                       : option == "--step" ? "step"
                                            : "";
  std::set<std::string> names;
  for (const auto& event : run.events) names.insert(text_of(event, member));
  names.erase("");
  return {names.begin(), names.end()};
}

[[noreturn]] void nothing_found(const std::vector<Filter>& filters, const reports::RunFile& run) {
  std::vector<std::string> all;
  for (const auto& filter : filters) {
    all.push_back(fmt::format("{} {}", filter.option, filter.value));
    std::size_t held = 0;
    for (std::size_t i = 0; i < run.events.size(); ++i) held += filter.holds(run.events[i], i) ? 1 : 0;
    if (held > 0) continue;
    const std::string option = filter.option;
    throw bad_request(run.path, fmt::format("no event for {} {}", option, filter.value),
                      option == "--event" ? fmt::format("there are events 0 to {}", run.events.size() - 1)
                                          : did_you_mean(filter.value, names_for(filter, run)));
  }
  throw bad_request(run.path, fmt::format("no event for {} together", fmt::join(all, " and ")),
                    "each alone has some");
}

}  // namespace

int cli_show(const Options& options) {
  const auto run = read_recording(options.inputs.front());
  const auto filters = filters_of(options, run);
  std::string out;
  const bool fit = ::isatty(STDOUT_FILENO) == 1;  // elsewhere an event is a line, for grep
  for (std::size_t i = 0; i < run.events.size(); ++i) {
    const auto& event = run.events[i];
    if (!std::all_of(filters.begin(), filters.end(),
                     [&](const Filter& filter) { return filter.holds(event, i); }))
      continue;
    if (!options.event.empty())
      out += event.dump(options.json ? -1 : 2, ' ', false, Json::error_handler_t::replace) + "\n";
    else
      out += options.json ? raw(event) + "\n" : fit ? fitted(line_of(event), screen().width) : line_of(event);
  }
  if (out.empty()) nothing_found(filters, run);
  if (options.json || !options.event.empty()) {
    print_out(out);
    return 0;
  }
  if (!run.complete) out += "the recording has no end: the run was cut off\n";
  show_out(out);
  return 0;
}

}  // namespace caravan::harness

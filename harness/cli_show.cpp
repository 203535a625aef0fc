// show: a recording as lines that a person can follow, all of it or what concerns one thing.
#include <fmt/format.h>

#include <charconv>
#include <set>

#include "harness/cli.hpp"
#include "harness/recording.hpp"
#include "objects/nearest.hpp"
#include "objects/printable.hpp"
#include "reports/run_file.hpp"

namespace caravan {
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
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
    text.pop_back();  // no half character
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
  const auto edge = text_of(event, "edge");
  const auto head = fmt::format("{} {}", text_of(event, "op"), edge);
  if (edge == "invoke")
    return fmt::format("{} client {} via {} at {}: {} {} {} {}", head, text_of(event, "client"),
                       text_of(event, "via"), text_of(event, "release"), text_of(event, "method"),
                       text_of(event, "object"), text_of(event, "row"), shortened(text_of(event, "fields")));
  if (edge == "ok") return head + " " + shortened(text_of(event, "result"));
  if (edge == "fail") return head + " " + (event.contains("error") ? error_of(event["error"]) : "");
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
  else if (kind == "change")
    text = fmt::format("{} {}.{} of {}: {} -> {}", text_of(event, "action"), text_of(event, "table"),
                       text_of(event, "column"), text_of(event, "key"),
                       shortened(event.value("old", Json()).dump(), 40),
                       shortened(event.value("new", Json()).dump(), 40));
  else if (kind == "trouble")
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

/// Ids of the messages that belong to an operation: its request and whatever that caused.
std::set<std::string> messages_of(const RunFile& run, const std::string& operation) {
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
  if (same(text_of(event, "node")) || same(text_of(event, "receiver"))) return true;
  if (same(text_of(event, "node") + "#" + text_of(event, "incarnation"))) return true;
  const auto message = event.find("message");
  return message != event.end() && (same(text_of(*message, "from")) || same(text_of(*message, "to")));
}

}  // namespace

int cli_show(const Options& options) {
  const auto run = read_recording(options.inputs.front());
  std::string out;
  const auto print = [&](const Json& event) {
    out += options.json ? event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : line_of(event);
  };
  if (!options.event.empty()) {
    std::size_t number = 0;
    const auto& text = options.event;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number >= run.events.size())
      throw bad_request("--event", "there is no event " + text,
                        fmt::format("0 to {}", run.events.size() - 1));
    print_out(run.events[number].dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return 0;
  }
  const bool all = options.op.empty() && options.object.empty() && options.node.empty();
  const auto related = options.op.empty() ? std::set<std::string>() : messages_of(run, options.op);
  for (const auto& event : run.events) {
    bool wanted = all;
    if (!options.op.empty()) {
      const auto message = event.find("message");
      wanted = wanted || text_of(event, "op") == options.op || related.count(text_of(event, "id")) > 0 ||
               (message != event.end() && related.count(text_of(*message, "id")) > 0);
    }
    const auto kind = text_of(event, "kind");
    if (!options.object.empty() && kind != "header") wanted = wanted || mentions(event, options.object);
    if (!options.node.empty()) wanted = wanted || about_node(event, options.node);
    if (wanted) print(event);
  }
  if (out.empty()) {
    const auto& what = !options.op.empty()       ? options.op
                       : !options.object.empty() ? options.object
                                                 : options.node;
    throw bad_request(run.path, "nothing in this recording is about '" + what + "'",
                      "caravan show RUN prints all of it");
  }
  if (!run.complete) out += "the recording has no end: the run was cut off\n";
  options.json ? print_out(out) : show_out(out);
  return 0;
}

}  // namespace caravan

// objects diff: two releases, or two versions of an object, side by side.
#include <fmt/format.h>

#include "harness/cli/objects.hpp"
#include "objects/catalog/describe.hpp"
#include "objects/catalog/diff.hpp"
#include "reports/formats/render.hpp"

namespace caravan::harness {
namespace {

std::string text_or_dash(const Json& json, const char* member) {
  const auto found = json.find(member);
  return found == json.end() || found->is_null() ? "-" : found->get<std::string>();
}

char sign(const Json& row) {
  const auto change = text_or_dash(row, "change");
  return change == "added" ? '+' : change == "removed" ? '-' : '~';
}

std::vector<std::string> quoted(const Json& row, const char* member) {
  std::vector<std::string> out;
  if (row.contains(member))
    for (const Json& value : row.at(member)) out.push_back(shown(value));
  return out;
}

std::string line(char mark, const std::string& indent, const std::string& words) {
  return filled(words, fmt::format("{}{} ", indent, mark), indent + "    ");
}

/// Values that came and went.
std::string sets(const Json& row, const std::string& indent, const std::string& name) {
  std::string out;
  if (row.contains("added")) out += line('+', indent, name + " values: " + joined(quoted(row, "added")));
  if (row.contains("removed")) out += line('-', indent, name + " values: " + joined(quoted(row, "removed")));
  return out;
}

std::string field_text(const Json& row, const std::string& indent) {
  const auto name = text_or_dash(row, "field"), change = text_or_dash(row, "change");
  if (change == "removed") return line('-', indent, name + ": " + text_or_dash(row, "was"));
  if (change == "renamed")
    return line('~', indent, fmt::format("{}: was called {}", name, text_or_dash(row, "was")));
  if (change == "added") {
    auto out = line('+', indent, name + ": " + text_or_dash(row, "now"));
    if (row.contains("values"))
      out += filled(joined(quoted(row, "values")), indent + "    values: ", indent + "    ");
    if (row.contains("contract"))
      out += filled(joined(row["contract"].get<std::vector<std::string>>(), "; "), indent + "    ",
                    indent + "    ");
    return out;
  }
  if (text_or_dash(row, "what") == "values") return sets(row, indent, name);
  const auto what = text_or_dash(row, "what") == "field" ? std::string() : " " + text_or_dash(row, "what");
  return line('~', indent,
              fmt::format("{}{}: {} -> {}", name, what, text_or_dash(row, "was"), text_or_dash(row, "now")));
}

std::string rows_text(const Json& object, const char* member, const char* title, const char* what,
                      const std::string& indent) {
  if (!object.contains(member)) return {};
  std::string out = indent + title + "\n";
  for (const Json& row : object[member]) {
    const auto field = row.contains("field") ? text_or_dash(row, "field") : std::string();
    if (row.contains("added") || (row.contains("removed") && !row.contains(what)))
      out += sets(row, indent + "  ", field);
    else
      out += line(sign(row), indent + "  ",
                  field.empty() ? text_or_dash(row, what) : field + ": " + text_or_dash(row, what));
  }
  return out;
}

std::string object_text(const Json& object) {
  const bool came = object["from"].is_null(), went = object["to"].is_null();
  std::string out = text_or_dash(object, "object") + " ";
  if (came)
    out += text_or_dash(object, "to") + ", new\n";
  else if (went)
    out += text_or_dash(object, "from") + ", gone\n";
  else
    out += fmt::format("{} -> {}\n", text_or_dash(object, "from"), text_or_dash(object, "to"));
  if (object.size() == 3) out += "  no field, contract or rule changed\n";
  if (object.contains("fields")) {
    if (came || went) {
      std::vector<std::string> names;
      for (const Json& row : object["fields"]) names.push_back(text_or_dash(row, "field"));
      out += filled(joined(names), fmt::format("  {} fields: ", names.size()), "    ");
    } else {
      for (const Json& row : object["fields"]) out += field_text(row, "  ");
    }
  }
  out += rows_text(object, "contracts", "contracts", "promise", "  ");
  out += rows_text(object, "rules", "rules", "rule", "  ");
  out += rows_text(object, "refusals", "an older peer must not be given the work", "refusal", "  ");
  return out;
}

std::string rpc_text(const Json& rows) {
  std::string out;
  for (const Json& one : rows) {
    out += fmt::format("rpc topic {} {} -> {}\n", text_or_dash(one, "topic"), text_or_dash(one, "from"),
                       text_or_dash(one, "to"));
    if (!one.contains("methods")) continue;
    for (const Json& method : one["methods"]) {
      if (text_or_dash(method, "change") == "changed")
        out += line('~', "  ", text_or_dash(method, "now")) +
               filled(text_or_dash(method, "was"), "    was ", "        ");
      else
        out += line(sign(method), "  ", text_or_dash(method, "method"));
    }
  }
  return out;
}

std::string release_text(const Json& diff) {
  std::string out = fmt::format("{} -> {}\n", text_or_dash(diff, "from"), text_or_dash(diff, "to"));
  const auto moved = [&](const char* member, const char* title) {
    if (diff.contains(member))
      out += fmt::format("{} {} -> {}\n", title, text_or_dash(diff[member], "was"),
                         text_or_dash(diff[member], "now"));
  };
  moved("database_revision", "database revision");
  moved("engine_version", "engine version");
  if (diff.contains("objects"))
    for (const Json& object : diff["objects"]) out += object_text(object);
  if (diff.contains("enums")) {
    out += "values that code writes\n";
    for (const Json& one : diff["enums"]) out += sets(one, "  ", text_or_dash(one, "enum"));
  }
  if (diff.contains("rpc")) out += rpc_text(diff["rpc"]);
  if (diff.contains("behaviours")) {
    out += "behaviour that no version shows\n";
    for (const Json& one : diff["behaviours"]) out += line(sign(one), "  ", text_or_dash(one, "behaviour"));
  }
  if (diff.size() == 2) out += "nothing changed\n";
  return out;
}

}  // namespace

int cli_objects_diff(const Options& options) {
  const auto catalog = with_inherited_fields(catalog_at(options.catalogs));
  const std::string command = "caravan objects diff";
  if (options.inputs.size() != 2)
    throw bad_request(command, "two of the same kind are needed", "kilo liberty, or Cluster@1.2 Cluster@1.3");
  const auto& from = options.inputs[0];
  const auto& to = options.inputs[1];
  const bool releases = catalog.release(from) != nullptr || catalog.release(to) != nullptr ||
                        (from.find('@') == std::string::npos && to.find('@') == std::string::npos);
  Json diff;
  if (releases) {
    release_named(catalog, from, command);
    release_named(catalog, to, command);
    diff = diff_releases(catalog, from, to);
  } else {
    const auto a = object_version(catalog, from, command), b = object_version(catalog, to, command);
    if (a.name != b.name) throw bad_request(command, a.name + " and " + b.name + " are two objects");
    for (const auto& one : {a, b})
      if (!one.version)
        throw bad_request(command, "which version of " + one.name + "?", one.name + "@VERSION");
    diff = diff_versions(catalog, a.name, *a.version, *b.version);
  }
  options.json ? print_out(diff.dump(2) + "\n")
               : show_out(reports::folded(releases ? release_text(diff) : object_text(diff), screen().width));
  return 0;
}

}  // namespace caravan::harness

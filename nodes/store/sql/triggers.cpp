// The triggers that write caravan_changes: one template, whose slots the dialects fill.
#include <fmt/format.h>

#include "nodes/store/constraints.hpp"
#include "nodes/store/sql/dialect.hpp"

namespace caravan::nodes {
namespace {

constexpr const char* trigger_actions[] = {"insert", "update", "delete"};
constexpr const char* into_changes =
    "insert into caravan_changes (action, \"table\", \"key\", \"column\", type, old, new, stamp)";

std::string trigger_name(const std::string& table, const std::string& action) {
  return "caravan_" + table + "_" + action;
}

// new."id", or new."Job_id" || '/' || new."JobBinary_id" where there is no key.
std::string key_expression(const TableDef& table, const std::string& row) {
  if (const ColumnDef* key = primary_key(table)) return row + "." + identifier(key->name);
  std::string text;
  for (const ColumnDef& column : table.columns)
    text +=
        fmt::format("{}coalesce({}.{}, '')", text.empty() ? "" : " || '/' || ", row, identifier(column.name));
  return text;
}

}  // namespace

std::string Dialect::record_changes(const TableDef& table, const std::string& action) const {
  const std::string key = key_expression(table, action == "insert" ? "new" : "old");
  const std::optional<ValueNames> names = value_names();
  std::string text;
  for (const ColumnDef& column : table.columns) {
    const std::string name = identifier(column.name);
    const std::string change =
        fmt::format("{}, '{}', {}, {}", literal(column.name), change_type(kind_of(column.sql)),
                    action == "insert" ? "null" : recorded(column, "old." + name),
                    action == "delete" ? "null" : recorded(column, "new." + name));
    if (names) {
      text += fmt::format("{}({})", text.empty() ? "" : ",\n    ", change);
      continue;
    }
    const std::string row =
        fmt::format("('{}', {}, {}, {}, {})", action, literal(table.name), key, change, stamp());
    if (action == "update") {
      text += fmt::format("  if {} then\n    {} values\n    {};\n  end if;\n",
                          differs("old." + name, "new." + name), into_changes, row);
    } else {
      text += text.empty() ? fmt::format("  {} values\n    {}", into_changes, row) : ",\n    " + row;
    }
  }
  if (!names) return action == "update" ? text : text + ";\n";
  return fmt::format("  {}\n  select '{}', {}, {}, {}, {}, {}, {}, {} from (values\n    {}){}{};\n",
                     into_changes, action, literal(table.name), key, names->column, names->type,
                     names->before, names->after, stamp(), text, names->list,
                     action == "update" ? " where " + differs(names->before, names->after) : "");
}

std::vector<std::string> Dialect::create_triggers(const TableDef& table) const {
  std::vector<std::string> texts;
  for (const char* action : trigger_actions) {
    texts.push_back(fmt::format("create trigger {} after {} on {} for each row begin\n{}end",
                                identifier(trigger_name(table.name, action)), action, identifier(table.name),
                                record_changes(table, action)));
  }
  return texts;
}

std::vector<std::string> Dialect::drop_triggers(const std::string& table) const {
  std::vector<std::string> texts;
  for (const char* action : trigger_actions)
    texts.push_back("drop trigger if exists " + identifier(trigger_name(table, action)));
  return texts;
}

}  // namespace caravan::nodes

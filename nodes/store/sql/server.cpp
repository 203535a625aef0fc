#include "nodes/store/sql/server.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace caravan::nodes {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Servers cut names at 63 or 64 characters; cut here, the name is the same when it is dropped.
std::string constraint_name(const std::string& table, const std::vector<std::string>& columns,
                            const char* suffix) {
  std::string text = table;
  for (const std::string& column : columns) text += "_" + column;
  return text.substr(0, 57) + suffix;
}
std::string unique_name(const std::string& table, const std::vector<std::string>& columns) {
  return constraint_name(table, columns, "_key");
}
std::string reference_name(const std::string& table, const std::string& column) {
  return constraint_name(table, {column}, "_fkey");
}

std::string unique_clause(const std::string& table, const std::vector<std::string>& columns) {
  return fmt::format("constraint {} unique ({})", identifier(unique_name(table, columns)), listed(columns));
}
std::string reference_clause(const std::string& table, const ColumnDef& column) {
  return fmt::format("constraint {} foreign key ({}) references {} ({})",
                     identifier(reference_name(table, column.name)), identifier(column.name),
                     identifier(column.references->first), identifier(column.references->second));
}

void alter(SqlSession& session, const std::string& table, const std::vector<std::string>& clauses) {
  std::string text;
  for (const std::string& clause : clauses) text += (text.empty() ? " " : ", ") + clause;
  if (!text.empty()) session.run("alter table " + identifier(table) + text);
}

}  // namespace

std::string ServerDialect::definition(const ColumnDef& column) const {
  return identifier(column.name) + " " + type(column) + (column.nullable ? "" : " not null");
}

std::string ServerDialect::create_table(const TableDef& table) const {
  std::string text, key;
  for (const ColumnDef& column : table.columns) {
    text += "  " + definition(column) + ",\n";
    if (column.primary_key) key = column.name;
  }
  text += key.empty() ? "  " + row_number() : fmt::format("  primary key ({})", identifier(key));
  for (const auto& unique : table.unique) text += ",\n  " + unique_clause(table.name, unique);
  return fmt::format("create table {} (\n{}\n){}", identifier(table.name), text, table_options());
}

// References come last: tables name each other in any order.
std::vector<std::string> ServerDialect::create_tables(const Schema& schema) const {
  std::vector<std::string> texts;
  for (const TableDef& table : schema) texts.push_back(create_table(table));
  for (const TableDef& table : schema) {
    for (const ColumnDef& column : table.columns) {
      if (column.references) {
        texts.push_back(fmt::format("alter table {} add {}", identifier(table.name),
                                    reference_clause(table.name, column)));
      }
    }
  }
  return texts;
}

// What there is counts, not `from`: a change that was interrupted goes on where it stopped.
void ServerDialect::change(SqlSession& session, const Schema& from, const Schema& to,
                           const std::vector<Rename>& renames) const {
  Schema present = read_tables(session);
  read_constraints(session, present);
  Schema missing;
  for (const TableDef& table : to) {
    if (!find_table(present, table.name)) missing.push_back(table);
  }
  for (const std::string& text : create_tables(missing)) session.run(text);
  before_change(session, read_tables(session));
  for (const Schema* schema : {&from, &to}) {
    for (const TableDef& table : *schema) {
      for (const std::string& text : drop_triggers(table.name)) session.run(text);
    }
  }
  std::vector<std::string> dropped;
  for (const TableDef& table : from) {
    if (find_table(present, table.name) && !find_table(to, table.name)) dropped.push_back(table.name);
  }
  for (TableDef& is : present) {  // references first: they would hold what they name
    std::vector<std::string> clauses;
    for (ColumnDef& column : is.columns) {
      if (!column.references || !contains(dropped, column.references->first)) continue;
      clauses.push_back(drop_reference(reference_name(is.name, column.name)));
      column.references.reset();
    }
    alter(session, is.name, clauses);
  }
  for (const std::string& table : dropped) session.run("drop table " + identifier(table));
  for (const TableDef& table : to) {
    const TableDef* is = find_table(present, table.name);
    if (!is) continue;
    TableDef renamed = *is;
    for (const Rename& rename : renames) {
      if (rename.table != table.name || !is->column(rename.before) || is->column(rename.after)) continue;
      session.run(fmt::format("alter table {} rename column {} to {}", identifier(table.name),
                              identifier(rename.before), identifier(rename.after)));
      for (ColumnDef& column : renamed.columns) {
        if (column.name == rename.before) column.name = rename.after;
      }
    }
    alter(session, table.name, table_clauses(renamed, table));
  }
  for (const TableDef& table : to) {
    for (const std::string& trigger : create_triggers(table)) session.run(trigger);
  }
  after_change(session);
}

std::vector<std::string> ServerDialect::table_clauses(const TableDef& is, const TableDef& wanted) const {
  std::vector<std::string> clauses;
  for (const auto& unique : is.unique) {
    if (std::find(wanted.unique.begin(), wanted.unique.end(), unique) == wanted.unique.end())
      clauses.push_back(drop_unique(unique_name(is.name, unique)));
  }
  for (const ColumnDef& column : is.columns) {
    const ColumnDef* after = wanted.column(column.name);
    if (column.references && (!after || after->references != column.references))
      clauses.push_back(drop_reference(reference_name(is.name, column.name)));
  }
  for (const ColumnDef& column : is.columns) {
    if (!wanted.column(column.name)) clauses.push_back("drop column " + identifier(column.name));
  }
  for (const ColumnDef& column : wanted.columns) {
    if (const ColumnDef* before = is.column(column.name)) {
      for (const std::string& clause : change_column(*before, column)) clauses.push_back(clause);
    } else {
      clauses.push_back("add column " + definition(column));
    }
  }
  for (const auto& unique : wanted.unique) {
    if (std::find(is.unique.begin(), is.unique.end(), unique) == is.unique.end())
      clauses.push_back("add " + unique_clause(wanted.name, unique));
  }
  for (const ColumnDef& column : wanted.columns) {
    const ColumnDef* before = is.column(column.name);
    if (column.references && (!before || before->references != column.references))
      clauses.push_back("add " + reference_clause(wanted.name, column));
  }
  return clauses;
}

std::string connect_option(const std::string& name, const std::string& value) {
  if (value.empty()) return "";
  std::string text = name + "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "' ";
}

}  // namespace caravan::nodes

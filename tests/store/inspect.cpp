#include "inspect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/store/sql/dialect.hpp"

namespace caravan::nodes::test {

std::vector<std::string> rows_of(const std::string& url, const std::string& sql, int columns) {
  SqlSession session(parse_database_url(url), SqlSession::Mode::witness);
  std::vector<Cell> out(static_cast<std::size_t>(columns));
  std::vector<std::string> rows;
  session.run(sql, {}, out, [&] {
    std::string row;
    for (const Cell& cell : out) {
      row += (&cell == &out.front() ? "" : "|") + (cell.state == soci::i_null ? "-" : cell.text);
    }
    rows.push_back(row);
  });
  return rows;
}

std::vector<std::string> described(const std::string& url) {
  SqlSession session(parse_database_url(url), SqlSession::Mode::witness);
  Schema tables = session.dialect().read_tables(session);
  session.dialect().read_constraints(session, tables);
  return described(tables);
}

std::vector<std::string> described(const Schema& tables) {
  std::vector<std::string> lines;
  for (const TableDef& table : tables) {
    for (const ColumnDef& column : table.columns) {
      lines.push_back(fmt::format("{}.{} {}{}{} {}", table.name, column.name, column.sql,
                                  column.nullable ? "" : " not null", column.primary_key ? " key" : "",
                                  column.references ? column.references->first : ""));
    }
    for (const auto& unique : table.unique)
      lines.push_back(fmt::format("{} unique {}", table.name, fmt::join(unique, ",")));
  }
  std::sort(lines.begin(), lines.end());  // servers add columns at the end
  return lines;
}

std::vector<std::string> schema_text(const std::string& url) {
  if (parse_database_url(url).kind != DatabaseUrl::Kind::sqlite) return described(url);
  return rows_of(url,
                 "select type, name, sql from sqlite_master where name not like 'sqlite\\_%' escape '\\' "
                 "order by type, name",
                 3);
}

void execute(const std::string& url, const std::vector<std::string>& statements) {
  SqlSession session(parse_database_url(url), SqlSession::Mode::create);
  for (const std::string& statement : statements) session.run(statement);
}

}  // namespace caravan::nodes::test

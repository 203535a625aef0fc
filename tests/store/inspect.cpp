#include "inspect.hpp"

namespace caravan::test {

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

std::vector<std::string> schema_text(const std::string& url) {
  return rows_of(url,
                 "select type, name, sql from sqlite_master where name not like 'sqlite\\_%' escape '\\' "
                 "order by type, name",
                 3);
}

void execute(const std::string& url, const std::vector<std::string>& statements) {
  SqlSession session(parse_database_url(url), SqlSession::Mode::create);
  for (const std::string& statement : statements) session.run(statement);
}

}  // namespace caravan::test

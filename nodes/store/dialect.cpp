#include "nodes/store/dialect.hpp"

#include <algorithm>

#include "objects/error.hpp"

namespace caravan {

const Dialect& dialect_of(DatabaseUrl::Kind kind) {
  switch (kind) {
    case DatabaseUrl::Kind::postgresql:
      return postgresql_dialect();
    case DatabaseUrl::Kind::mariadb:
      return mariadb_dialect();
    case DatabaseUrl::Kind::sqlite:
      break;
  }
  return sqlite_dialect();
}

std::string listed(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) text += (text.empty() ? "" : ", ") + identifier(column);
  return text;
}

const char* change_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "real";
    case Kind::text:
    case Kind::datetime:
    case Kind::binary:
      break;
  }
  return "text";
}

Kind kind_of_change(const std::string& type) {
  if (type == "boolean") return Kind::boolean;
  if (type == "integer") return Kind::integer;
  return type == "real" ? Kind::real : Kind::text;
}

long long read_generation(SqlSession& session, const std::string& head, const std::string& tail) {
  std::vector<Cell> out(1);
  out[0].kind = Kind::integer;
  bool found = false;
  session.run(head + "select generation from caravan_schema" + tail, {}, out, [&] { found = true; });
  if (!found) throw StoreError(StoreError::Kind::machine, "caravan_schema is empty");
  return out[0].integer;
}

std::unique_ptr<soci::session> open_server(const DatabaseUrl& url, const char* backend,
                                           const std::string& options, const char* package) {
  try {
    return std::make_unique<soci::session>(backend, options);
  } catch (const soci::soci_error& cause) {
    std::string message = cause.get_error_message();
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
    for (const char control : {'\n', '\t'}) std::replace(message.begin(), message.end(), control, ' ');
    // No server repeats a password; this is for the day when one does.
    for (std::size_t at; url.password.size() > 3 && (at = message.find(url.password)) != std::string::npos;)
      message.replace(at, url.password.size(), "***");
    const bool missing = message.find("shared library") != std::string::npos;
    throw machine_failed(url.shown(), "cannot open the database: " + message,
                         missing ? fmt::format("the Debian package {} brings it", package) : "");
  }
}

void note_constraint(TableDef& table, const std::string& key, std::string& last, const std::string& column,
                     const Cell& parent, const Cell& parent_column) {
  if (parent.state == soci::i_ok) {
    for (ColumnDef& each : table.columns) {
      if (each.name == column) each.references = std::make_pair(parent.text, parent_column.text);
    }
    return;
  }
  const std::string name = table.name + " " + key;
  if (name != last) table.unique.emplace_back();
  last = name;
  table.unique.back().push_back(column);
}

}  // namespace caravan

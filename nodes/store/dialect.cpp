#include "nodes/store/dialect.hpp"

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

long long read_generation(SqlSession& session, const std::string& tail) {
  std::vector<Cell> out(1);
  out[0].kind = Kind::integer;
  bool found = false;
  session.run("select generation from caravan_schema" + tail, {}, out, [&] { found = true; });
  if (!found) throw StoreError(StoreError::Kind::machine, "caravan_schema is empty");
  return out[0].integer;
}

}  // namespace caravan

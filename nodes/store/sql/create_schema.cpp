// Databases that are looked at, or filled, for the first time.
#include <fmt/format.h>

#include "nodes/store/services.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "nodes/store/sql/schema_state.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {

std::string why_no_connection(const std::string& url) {
  try {
    SqlSession session(parse_database_url(url), SqlSession::Mode::witness);
    return "";
  } catch (const Error& cause) {
    return cause.message();
  }
}

void create_schema(const std::string& url, const Catalog& catalog, const std::string& release,
                   const SchemaOptions& options) {
  Schema schema = release_schema(catalog, release);
  schema.push_back(services_table());
  const DatabaseUrl parsed = parse_database_url(url);
  SqlSession session(parsed, SqlSession::Mode::create);
  const Dialect& dialect = session.dialect();
  const auto want_empty = [&] {
    if (!options.force && !dialect.is_empty(session))
      throw machine_failed(parsed.shown(), "the database is not empty", "use an empty one, or --force");
  };
  try {
    want_empty();  // before anything is touched, and once more when nobody else can
    session.begin_create();
    want_empty();
    if (options.force) dialect.clear(session);
    for (const std::string& text : dialect.bookkeeping()) session.run(text);
    for (const std::string& text : dialect.create_tables(schema)) session.run(text);
    for (const TableDef& table : schema) {
      for (const std::string& text : dialect.create_triggers(table)) session.run(text);
    }
    create_state(session, {release, "", "", "created", 1, ""});
    session.commit();
  } catch (const StoreError& cause) {
    throw machine_failed(parsed.shown(),
                         fmt::format("cannot create the schema of {}: {}", release, cause.what()));
  }
}

}  // namespace caravan::nodes

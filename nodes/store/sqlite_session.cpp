#include "nodes/store/sqlite_session.hpp"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "objects/error.hpp"

namespace caravan {
namespace {

using namespace sqlite_api;  // soci-sqlite3.h includes sqlite3.h inside this namespace

sqlite3* handle(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

bool is_datetime(const std::string& text) {
  static const std::string form = "0000-00-00 00:00:00.000000";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
  }
  return true;
}

bool fits(const std::string& sql, const Json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return false;
  }
  const std::int64_t number = value.get<std::int64_t>();
  if (sql == "SMALLINT") return number >= -32768 && number <= 32767;
  if (sql == "INTEGER") {
    return number >= std::numeric_limits<std::int32_t>::min() &&
           number <= std::numeric_limits<std::int32_t>::max();
  }
  return true;
}

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw StoreError(StoreError::Kind::constraint, where + ": " + why);
}

// What stands after "constraint failed: ". SOCI's get_error_message() has no bound values, its what() does.
std::string constraint_of(const std::string& message) {
  const std::string mark = "constraint failed: ";
  const std::size_t at = message.find(mark);
  return at == std::string::npos ? "" : message.substr(at + mark.size());
}

// "length:clusters.name:80" and "boolean:clusters.is_public", as sqlite_ddl.cpp names its checks.
StoreError check_refusal(const std::string& constraint) {
  const std::size_t first = constraint.find(':');
  const std::size_t second = constraint.find(':', first + 1);
  if (first == std::string::npos) return {StoreError::Kind::constraint, "check failed: " + constraint};
  const std::string where = constraint.substr(first + 1, second - first - 1);
  if (constraint.compare(0, first, "length") == 0) {
    return {StoreError::Kind::too_long,
            fmt::format("{}: longer than {} characters", where, constraint.substr(second + 1))};
  }
  return {StoreError::Kind::constraint, where + ": not a " + constraint.substr(0, first)};
}

}  // namespace

SqliteUrl parse_sqlite_url(const std::string& url) {
  const std::string scheme = "sqlite://";
  if (url.compare(0, scheme.size(), scheme) != 0) {
    throw bad_request(url, "the store opens SQLite files only", "sqlite:///absolute/path was meant");
  }
  SqliteUrl parsed;
  parsed.path = url.substr(scheme.size());
  const std::size_t question = parsed.path.find('?');
  if (question != std::string::npos) {
    const std::string query = parsed.path.substr(question + 1);
    parsed.path.resize(question);
    const std::string key = "busy_timeout=";
    const char* begin = query.c_str() + std::min(key.size(), query.size());
    const char* end = query.c_str() + query.size();
    const auto [rest, error] = std::from_chars(begin, end, parsed.busy_timeout);
    if (query.compare(0, key.size(), key) != 0 || error != std::errc() || rest != end ||
        parsed.busy_timeout < 0) {
      throw bad_request(url, "unknown option after \"?\"", "busy_timeout=MILLISECONDS was meant");
    }
  }
  if (parsed.path.size() < 2 || parsed.path.front() != '/') {
    throw bad_request(url, "the path of a database must be absolute", "sqlite:///absolute/path was meant");
  }
  if (parsed.path.find('"') != std::string::npos)
    throw bad_request(url, "the path of a database holds a quote");
  return parsed;
}

Cell cell_of(Kind kind, const std::string& sql, const Json& value, const std::string& where) {
  Cell cell;
  cell.kind = kind;
  if (value.is_null()) return cell;
  cell.state = soci::i_ok;
  switch (kind) {
    case Kind::boolean:
      if (!value.is_boolean()) refuse(where, "takes true or false");
      cell.integer = value.get<bool>() ? 1 : 0;
      break;
    case Kind::integer:
      if (!value.is_number_integer()) refuse(where, "takes an integer");
      if (!fits(sql, value)) refuse(where, "outside the range of " + sql);
      cell.integer = value.get<std::int64_t>();
      break;
    case Kind::real:
      if (!value.is_number()) refuse(where, "takes a number");
      cell.real = value.get<double>();
      if (!std::isfinite(cell.real)) refuse(where, "takes a finite number");
      break;
    case Kind::datetime:
    case Kind::text:
    case Kind::binary:
      if (!value.is_string()) refuse(where, "takes text");
      cell.text = value.get<std::string>();
      if (kind == Kind::datetime && !is_datetime(cell.text))
        refuse(where, "takes YYYY-MM-DD HH:MM:SS.ffffff");
      if (cell.text.find('\0') != std::string::npos) refuse(where, "text holds a NUL character");
      break;
  }
  return cell;
}

Cell text_cell(const std::string& text) {
  Cell cell;
  cell.text = text;
  cell.state = soci::i_ok;
  return cell;
}

Json value_of(const Cell& cell) {
  if (cell.state == soci::i_null) return nullptr;
  switch (cell.kind) {
    case Kind::boolean:
      return cell.integer != 0;
    case Kind::integer:
      return cell.integer;
    case Kind::real:
      return cell.real;
    case Kind::datetime:
    case Kind::text:
    case Kind::binary:
      break;
  }
  return cell.text;
}

static std::string doubled(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}
std::string identifier(const std::string& name) { return doubled(name, '"'); }
std::string literal(const std::string& text) { return doubled(text, '\''); }

SqliteSession::SqliteSession(const SqliteUrl& url, Mode mode, bool foreign_keys) : url_(url) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(url.path, error);
  if (fs::is_directory(status)) throw machine_failed(url.path, "is a folder, not a database file");
  if (mode != Mode::create && !fs::exists(status)) {
    throw machine_failed(url.path, "no such database file", "the harness creates it before any node starts");
  }
  if (mode == Mode::create && !fs::is_directory(fs::path(url.path).parent_path(), error)) {
    throw machine_failed(url.path, "cannot create the database: its folder does not exist");
  }
  try {
    session_ = std::make_unique<soci::session>(*soci::factory_sqlite3(), "db=\"" + url.path + "\"");
  } catch (const soci::soci_error& cause) {
    throw machine_failed(url.path, "cannot open the database: " + cause.get_error_message());
  }
  sqlite3_extended_result_codes(handle(*session_), 1);
  try {
    run(fmt::format("pragma busy_timeout={}", url.busy_timeout));  // first: the next ones may have to wait
    if (mode != Mode::witness && read_only())
      throw machine_failed(url.path, "the database file is read-only");
    if (mode == Mode::create) {
      std::vector<Cell> out(1);
      std::string journal;
      run("pragma journal_mode=wal", {}, out, [&] { journal = out[0].text; });
      if (journal != "wal") {
        throw machine_failed(
            url.path, "this file system cannot hold a database in WAL mode (it stayed " + journal + ")");
      }
    }
    run("pragma synchronous=normal");
    run(fmt::format("pragma foreign_keys={}", foreign_keys ? "on" : "off"));
    if (mode == Mode::witness) run("pragma query_only=on");
  } catch (const StoreError& cause) {
    throw machine_failed(url.path, cause.what());
  }
}

SqliteSession::~SqliteSession() = default;

bool SqliteSession::in_transaction() const { return sqlite3_get_autocommit(handle(*session_)) == 0; }
bool SqliteSession::read_only() const { return sqlite3_db_readonly(handle(*session_), "main") == 1; }

long long SqliteSession::run(const std::string& sql, std::vector<Cell> in) {
  std::vector<Cell> none;
  return run(sql, std::move(in), none, {});
}

long long SqliteSession::run(const std::string& sql, std::vector<Cell> in, std::vector<Cell>& out,
                             const std::function<void()>& row) {
  try {
    soci::statement statement(*session_);
    for (Cell& cell : in) {
      switch (cell.kind) {
        case Kind::boolean:
        case Kind::integer:
          statement.exchange(soci::use(cell.integer, cell.state));
          break;
        case Kind::real:
          statement.exchange(soci::use(cell.real, cell.state));
          break;
        case Kind::datetime:
        case Kind::text:
        case Kind::binary:
          statement.exchange(soci::use(cell.text, cell.state));
          break;
      }
    }
    for (Cell& cell : out) {
      switch (cell.kind) {
        case Kind::boolean:
        case Kind::integer:
          statement.exchange(soci::into(cell.integer, cell.state));
          break;
        case Kind::real:
          statement.exchange(soci::into(cell.real, cell.state));
          break;
        case Kind::datetime:
        case Kind::text:
        case Kind::binary:
          statement.exchange(soci::into(cell.text, cell.state));
          break;
      }
    }
    statement.alloc();
    statement.prepare(sql);
    statement.define_and_bind();
    bool got = statement.execute(true);
    if (out.empty()) return statement.get_affected_rows();
    while (got) {
      row();
      got = statement.fetch();
    }
    return 0;
  } catch (const soci::soci_error& error) {
    throw refusal(error);
  }
}

StoreError SqliteSession::refusal(const soci::soci_error& error) const {
  using K = StoreError::Kind;
  const auto* sqlite_error = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  const int code = sqlite_error ? sqlite_error->result() : sqlite3_extended_errcode(handle(*session_));
  const std::string message = error.get_error_message();
  const std::string constraint = constraint_of(message);
  switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
      return {K::duplicate, constraint + ": a row with this key exists"};
    case SQLITE_CONSTRAINT_UNIQUE:
      return {K::constraint, constraint + ": another row has the same value"};
    case SQLITE_CONSTRAINT_NOTNULL:
      return {K::not_null, constraint + ": must not be NULL"};
    case SQLITE_CONSTRAINT_CHECK:
      return check_refusal(constraint);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return {K::reference, "a foreign key does not hold"};
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {K::busy,
              fmt::format("the database is locked: another writer held it for {} ms", url_.busy_timeout)};
    case SQLITE_NOTADB:
      return {K::machine, "the file is not a SQLite database"};
    case SQLITE_CORRUPT:
      return {K::machine, "the database file is damaged"};
    case SQLITE_READONLY:
      return {K::machine, "the database is open for reading only"};
    case SQLITE_FULL:
      return {K::machine, "the disk is full"};
    case SQLITE_IOERR:
      return {K::machine, fmt::format("the disk gave an input or output error (SQLite {})", code)};
    case SQLITE_CANTOPEN:
      return {K::machine, "the database file or its -wal and -shm files cannot be opened"};
    default:
      return {K::machine, message};
  }
}

WriteTransaction::WriteTransaction(SqliteSession& session) : session_(session) {
  session_.run("begin immediate");
}

WriteTransaction::~WriteTransaction() {
  if (!open_ || !session_.in_transaction()) return;
  try {
    session_.run("rollback");
  } catch (const StoreError&) {
    // The connection closes soon, which rolls back as well.
  }
}

void WriteTransaction::commit() {
  session_.run("commit");
  open_ = false;
}

SchemaState read_state(SqliteSession& session) {
  SchemaState state;
  bool found = false;
  std::vector<Cell> out(5);
  out[4].kind = Kind::integer;
  session.run("select release, previous, target, phase, generation from caravan_schema", {}, out, [&] {
    found = true;
    state = {out[0].text, out[1].text, out[2].text, out[3].text, out[4].integer};
  });
  if (!found) throw StoreError(StoreError::Kind::machine, "caravan_schema is empty");
  return state;
}

}  // namespace caravan

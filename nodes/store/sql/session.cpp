#include "nodes/store/sql/session.hpp"

#include <utility>

#include "nodes/store/sql/dialect.hpp"
#include "nodes/store/values.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes {

Cell cell_of(const std::string& sql, const Json& value, const std::string& where) {
  check_value(sql, value, where);
  Cell cell;
  cell.kind = kind_of(sql);
  if (value.is_null()) return cell;
  cell.state = soci::i_ok;
  switch (cell.kind) {
    case Kind::boolean:
      cell.integer = value.get<bool>() ? 1 : 0;
      break;
    case Kind::integer:
      cell.integer = value.get<std::int64_t>();
      break;
    case Kind::real:
      cell.real = value.get<double>();
      break;
    case Kind::datetime:
    case Kind::text:
    case Kind::binary:
      cell.text = value.get<std::string>();
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

Cell integer_cell(long long number) {
  Cell cell;
  cell.kind = Kind::integer;
  cell.integer = number;
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

SqlSession::SqlSession(const DatabaseUrl& url, Mode mode) : url_(url), dialect_(dialect_of(url.kind)) {
  session_ = dialect_.connect(url_, mode);
  lock_timeout_ = url_.busy_timeout.value_or(lock_timeout_);
  try {
    dialect_.settle(*this, mode);
  } catch (const StoreError& cause) {
    throw machine_failed(url_.shown(), cause.what());
  }
}

SqlSession::~SqlSession() = default;

void SqlSession::set_lock_timeout(int milliseconds) {
  if (milliseconds == lock_timeout_) return;
  lock_timeout_ = milliseconds;
  dialect_.apply_lock_timeout(*this);
}

long long SqlSession::run(const std::string& sql, std::vector<Cell> in) {
  std::vector<Cell> none;
  return run(sql, std::move(in), none, {});
}

// SOCI's use and into keep references to their temporaries: each must be handed over where it is made.
static void use_cell(soci::statement& statement, Cell& cell) {
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

static void into_cell(soci::statement& statement, Cell& cell) {
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

long long SqlSession::run(const std::string& sql, std::vector<Cell> in, std::vector<Cell>& out,
                          const std::function<void()>& row) {
  try {
    StatementCache::Statement statement = statements_.take(sql);
    const bool prepared = statement != nullptr;
    if (!prepared) statement = std::make_unique<soci::statement>(*session_);
    for (Cell& cell : in) use_cell(*statement, cell);
    for (Cell& cell : out) into_cell(*statement, cell);
    if (!prepared) {
      statement->alloc();
      statement->prepare(sql, soci::details::st_one_time_query);
    }
    statement->define_and_bind();
    bool got = statement->execute(true);
    const long long changed = out.empty() ? statement->get_affected_rows() : 0;
    while (got && !out.empty()) {
      row();
      got = statement->fetch();
    }
    if (dialect_.rewind(*statement)) {
      statement->bind_clean_up();
      statements_.keep(sql, std::move(statement));
    }
    return changed;
  } catch (const soci::soci_error& error) {
    throw dialect_.refusal(*this, error);
  }
}

long long SqlSession::attempt(const std::string& sql, std::vector<Cell> in) {
  dialect_.before_attempt(*this, attempts_++ == 0);
  try {
    return run(sql, std::move(in));
  } catch (const StoreError& error) {
    if (in_transaction() && error.kind != StoreError::Kind::machine) dialect_.after_refusal(*this);
    throw;
  }
}

void SqlSession::work_on(const std::string& writer, const std::string& cause) {
  stamp_.writer = writer;
  stamp_.cause = cause;
}

long long SqlSession::begin_write() {
  open_ = true;
  attempts_ = 0;
  ++stamp_.transaction;
  try {
    return dialect_.begin_write(*this);
  } catch (const StoreError&) {
    rollback();
    throw;
  }
}

long long SqlSession::begin_read() {
  open_ = true;
  attempts_ = 0;
  try {
    return dialect_.begin_read(*this);
  } catch (const StoreError&) {
    rollback();
    throw;
  }
}

void SqlSession::begin_create() {
  open_ = true;
  dialect_.begin_create(*this);
}

void SqlSession::commit() {
  try {
    if (attempts_ > 0) dialect_.before_commit(*this);
    run("commit");
    open_ = false;
  } catch (const StoreError&) {
    rollback();
    throw;
  }
}

// A connection that is gone has rolled back already.
void SqlSession::rollback() {
  const bool pending = in_transaction();
  open_ = false;
  if (!pending) return;
  try {
    run("rollback");
  } catch (const StoreError&) {
  }
}

bool SqlSession::in_transaction() const { return open_ && dialect_.in_transaction(*this); }

}  // namespace caravan::nodes

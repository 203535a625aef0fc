// Statements of a connection that stay prepared: seen in what SOCI logs, which is a line each time it
// prepares.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <sstream>

#include "backend.hpp"
#include "library.hpp"
#include "nodes/store/sql/session.hpp"

namespace caravan::nodes::test {
namespace {

class PreparedStatement : public ::testing::Test {
 protected:
  void SetUp() override { create_schema(url_, library_catalog(), "one"); }

  static SqlSession open(const std::string& url) {
    return SqlSession(parse_database_url(url), SqlSession::Mode::write);
  }
  void watch(SqlSession& session) { session.soci().set_log_stream(&log_); }
  long times(const std::string& sql) const {
    long found = 0;
    std::istringstream lines(log_.str());
    for (std::string line; std::getline(lines, line);) found += line == sql ? 1 : 0;
    return found;
  }
  static Json read(SqlSession& session, const std::string& sql, const std::vector<Cell>& in = {}) {
    std::vector<Cell> out(1);
    Json value;
    session.run(sql, in, out, [&] { value = value_of(out[0]); });
    return value;
  }

  Folder folder_;
  const std::string url_ = folder_.url("library.db");
  const std::string insert_ = "insert into shelves (id, name, notes) values (:p0, :p1, :p2)";
  const std::string select_ = "select notes from shelves where id = :p0";
  std::ostringstream log_;
};

TEST_F(PreparedStatement, IsPreparedOnce) {
  SqlSession session = open(url_);
  watch(session);
  for (const char* id : {"a", "b", "c"}) {
    const std::string notes = fmt::format("notes of {}", id);
    EXPECT_EQ(session.run(insert_, {text_cell(id), text_cell(id), text_cell(notes)}), 1);
    EXPECT_EQ(read(session, select_, {text_cell(id)}), Json(notes));
  }
  EXPECT_EQ(times(insert_), 1);
  EXPECT_EQ(times(select_), 1);
}

TEST_F(PreparedStatement, KeepsNoValueOfARunBefore) {
  SqlSession session = open(url_);
  session.run(insert_, {text_cell("a"), text_cell("a"), text_cell("notes of a")});
  session.run(insert_, {text_cell("b"), text_cell("b"), Cell()});
  EXPECT_EQ(read(session, select_, {text_cell("b")}), Json());
  EXPECT_EQ(read(session, select_, {text_cell("c")}), Json());
  EXPECT_EQ(read(session, select_, {text_cell("a")}), Json("notes of a"));
}

TEST_F(PreparedStatement, MayBeRefusedAndRunAgain) {
  SqlSession session = open(url_);
  session.begin_write();
  session.run(insert_, {text_cell("a"), text_cell("a"), Cell()});
  for (int i = 0; i < 2; ++i) {
    const StoreError error = refusal([&] { session.run(insert_, {text_cell("a"), text_cell("a"), Cell()}); });
    EXPECT_EQ(error.kind, StoreError::Kind::duplicate);
  }
  session.run(insert_, {text_cell("b"), text_cell("b"), Cell()});
  session.commit();
  EXPECT_EQ(read(session, "select cast(count(*) as text) from shelves"), Json("2"));
}

TEST_F(PreparedStatement, MayBeRunWithinItself) {
  SqlSession session = open(url_);
  for (const char* id : {"a", "b"}) session.run(insert_, {text_cell(id), text_cell(id), text_cell(id)});
  const std::string all = "select id from shelves order by id";
  std::vector<Cell> out(1), inner(1);
  std::string seen;
  session.run(all, {}, out, [&] {
    seen += out[0].text + ":";
    session.run(all, {}, inner, [&] { seen += inner[0].text; });
    seen += " ";
  });
  EXPECT_EQ(seen, "a:ab b:ab ");
}

TEST_F(PreparedStatement, HoldsNoSnapshotBetweenItsRuns) {
  SqlSession reader = open(url_), writer = open(url_);
  EXPECT_EQ(read(reader, select_, {text_cell("a")}), Json());
  writer.run(insert_, {text_cell("a"), text_cell("a"), text_cell("written meanwhile")});
  EXPECT_EQ(read(reader, select_, {text_cell("a")}), Json("written meanwhile"));
  EXPECT_EQ(read(writer, "pragma wal_checkpoint(truncate)"), Json("0")) << "nobody is in the way";
}

TEST_F(PreparedStatement, IsLetGoWhenOthersTakeItsPlace) {
  SqlSession session = open(url_);
  watch(session);
  const auto run = [&](std::size_t number) { read(session, fmt::format("select {}", number)); };
  for (std::size_t i = 0; i < StatementCache::capacity; ++i) run(i);
  run(0);
  run(StatementCache::capacity);
  run(0);
  run(1);
  EXPECT_EQ(times("select 0"), 1) << "it was used again meanwhile";
  EXPECT_EQ(times("select 1"), 2);
}

TEST_F(PreparedStatement, IsForgottenWithItsTables) {
  SqlSession session = open(url_);
  watch(session);
  read(session, select_, {text_cell("a")});
  session.forget_statements();
  read(session, select_, {text_cell("a")});
  EXPECT_EQ(times(select_), 2);
}

}  // namespace
}  // namespace caravan::nodes::test

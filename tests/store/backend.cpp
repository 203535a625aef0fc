#include "backend.hpp"

#include <cstdlib>
#include <map>

#include "harness/process/servers.hpp"
#include "inspect.hpp"
#include "library.hpp"
#include "nodes/store/memory/store.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "objects/base/error.hpp"

namespace caravan::nodes::test {

Folder::Folder() {
  std::string pattern = ::testing::TempDir() + "caravan-store-XXXXXX";
  const char* made = mkdtemp(pattern.data());
  if (made == nullptr) throw machine_failed(pattern, "cannot make a folder for the test");
  path_ = made;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

class SqlTestDatabase : public TestDatabase {
 public:
  SqlTestDatabase(const std::string& url, const Catalog& catalog, const std::string& release)
      : TestDatabase(database_at(url)), url_(url) {
    create_schema(url, catalog, release, {true});
  }
  std::vector<std::string> schema() override { return schema_text(url_); }
  std::string url() const override { return url_; }

 private:
  std::string url_;
};

class MemoryTestDatabase : public TestDatabase {
 public:
  MemoryTestDatabase(const Catalog& catalog, const std::string& release)
      : TestDatabase(std::make_unique<MemoryDatabase>(catalog, release)) {}
  std::vector<std::string> schema() override { return described(migration()->tables()); }
};

// Stopped when all tests have run, before static objects go.
class Servers : public ::testing::Environment {
 public:
  harness::DatabaseServer& get(DatabaseUrl::Kind kind) {
    auto& server = running_[kind];
    if (!server) server = harness::start_server(kind, folder().path());
    return *server;
  }
  void TearDown() override {
    running_.clear();
    folder_.reset();
  }

 private:
  const Folder& folder() {
    if (!folder_) folder_ = std::make_unique<Folder>();
    return *folder_;
  }
  std::unique_ptr<Folder> folder_;
  std::map<DatabaseUrl::Kind, std::unique_ptr<harness::DatabaseServer>> running_;
};
Servers* const servers = static_cast<Servers*>(::testing::AddGlobalTestEnvironment(new Servers));

}  // namespace

Backend sqlite_backend() {
  return {"sqlite",
          [](const Folder& folder, const Catalog& catalog,
             const std::string& release) -> std::unique_ptr<TestDatabase> {
            return std::make_unique<SqlTestDatabase>(folder.url("store.db"), catalog, release);
          },
          [](const Folder& folder) { return folder.url("store.db"); }};
}

Backend memory_backend() {
  return {
      "memory",
      [](const Folder&, const Catalog& catalog, const std::string& release) -> std::unique_ptr<TestDatabase> {
        return std::make_unique<MemoryTestDatabase>(catalog, release);
      },
      {}};
}

std::string server_url(DatabaseUrl::Kind kind) { return servers->get(kind).url(); }

Backend server_backend(DatabaseUrl::Kind kind) {
  return {name(kind),
          [kind](const Folder&, const Catalog& catalog,
                 const std::string& release) -> std::unique_ptr<TestDatabase> {
            return std::make_unique<SqlTestDatabase>(server_url(kind), catalog, release);
          },
          [kind](const Folder&) {
            const std::string url = server_url(kind);
            SqlSession session(parse_database_url(url), SqlSession::Mode::create);
            session.dialect().clear(session);
            return url;
          }};
}

void StoreConformance::SetUp() { make("one"); }

void StoreConformance::make(const std::string& release) {
  store_.reset();
  database_ = GetParam().make(folder_, library_catalog(), release);
  store_ = database_->connect();
}

Row shelf(const std::string& id, const std::string& name) {
  return {{"id", id}, {"name", name.empty() ? id : name}, {"tenant_id", "t"}};
}

StoreError refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const StoreError& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was refused";
  return StoreError(StoreError::Kind::machine, "nothing was refused");
}

std::vector<Change> changes_of(const std::vector<Change>& changes, const std::string& action,
                               const std::string& column) {
  std::vector<Change> found;
  for (const Change& change : changes) {
    if (change.action == action && change.column == column) found.push_back(change);
  }
  return found;
}

std::string backend_name(const ::testing::TestParamInfo<Backend>& each) { return each.param.name; }

namespace {

// The suites of servers are one entry of ctest each (tests/CMakeLists.txt): a server is started once for all.
INSTANTIATE_TEST_SUITE_P(Backends, StoreConformance, embedded_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Server, StoreConformance, server_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, SqlConformance, ::testing::Values(sqlite_backend()), backend_name);
INSTANTIATE_TEST_SUITE_P(Server, SqlConformance, server_backends(), backend_name);

}  // namespace
}  // namespace caravan::nodes::test

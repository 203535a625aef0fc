// What the conformance suite needs from a kind of database. One value in backend.cpp adds another.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "nodes/store/database.hpp"
#include "nodes/store/database_url.hpp"
#include "nodes/store/migration/store.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes::test {

/// A folder of its own, gone with its owner.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string url(const std::string& file) const { return "sqlite://" + (path_ / file).string(); }

 private:
  std::filesystem::path path_;
};

/// A database for one test, by its handle.
class TestDatabase {
 public:
  explicit TestDatabase(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  virtual ~TestDatabase() = default;
  std::unique_ptr<Store> connect() { return database_->connect(5'000); }
  std::unique_ptr<Store> impatient() { return database_->connect(5); }  ///< as good as not waiting at all
  std::unique_ptr<Store> witness() { return database_->witness(); }
  std::unique_ptr<MigrationStore> migration() { return database_->migration(); }
  /// Its tables, as schema_text of inspect.hpp: equal texts, equal schemas.
  virtual std::vector<std::string> schema() = 0;
  virtual std::string url() const { return ""; }  ///< none in memory

 private:
  std::unique_ptr<Database> database_;
};

struct Backend {
  std::string name;
  /// At a release of a catalog; in its folder, or on its server instead of what is there.
  std::function<std::unique_ptr<TestDatabase>(const Folder&, const Catalog&, const std::string&)> make;
  /// The address of an empty database, in or beside the folder; none in memory.
  std::function<std::string(const Folder&)> address;
};
Backend sqlite_backend();
Backend memory_backend();
/// One server for the whole program, started when the first test asks. Not to start it is a failure.
Backend server_backend(DatabaseUrl::Kind kind);
std::string server_url(DatabaseUrl::Kind kind);

/// For INSTANTIATE_TEST_SUITE_P: what needs no server, and the two that do.
inline auto embedded_backends() { return ::testing::Values(sqlite_backend(), memory_backend()); }
inline auto server_backends() {
  return ::testing::Values(server_backend(DatabaseUrl::Kind::postgresql),
                           server_backend(DatabaseUrl::Kind::mariadb));
}
std::string backend_name(const ::testing::TestParamInfo<Backend>& each);

/// The name, not its bytes: ctest puts it into the names of tests.
inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

class StoreConformance : public ::testing::TestWithParam<Backend> {
 protected:
  /// An empty database at the library's release.
  void SetUp() override;
  /// The database in another's place.
  void make(const std::string& release);
  std::unique_ptr<Store> another() const { return database_->connect(); }
  std::unique_ptr<Store> impatient() const { return database_->impatient(); }
  std::unique_ptr<Store> witness() const { return database_->witness(); }
  std::string url() const { return database_->url(); }

  Folder folder_;
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Store> store_;
};

/// What only databases outside of this process can be asked.
class SqlConformance : public StoreConformance {};

/// A shelf that any of the library's constraints accepts.
Row shelf(const std::string& id, const std::string& name = "");

/// The kind of StoreError that `act` throws; a test failure if it throws none.
StoreError refusal(const std::function<void()>& act);

std::vector<Change> changes_of(const std::vector<Change>& changes, const std::string& action,
                               const std::string& column);

}  // namespace caravan::nodes::test

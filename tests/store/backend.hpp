// What the conformance suite needs from a kind of database. One value in backend.cpp adds another.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "nodes/store/store.hpp"

namespace caravan::test {

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

struct Backend {
  std::string name;
  /// The address of a database that does not exist yet, in or beside the folder.
  std::function<std::string(const Folder&)> address;
  /// Turns an address into one that waits only that long for other writers.
  std::function<std::string(const std::string& url, int milliseconds)> impatient;
};
Backend sqlite_backend();
/// The name, not its bytes: ctest puts it into the names of tests.
inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

class StoreConformance : public ::testing::TestWithParam<Backend> {
 protected:
  /// An empty database at the library's release.
  void SetUp() override;
  std::unique_ptr<Store> another() const;
  std::unique_ptr<Store> impatient() const;

  Folder folder_;
  std::string url_;
  std::unique_ptr<Store> store_;
};

/// A shelf that any of the library's constraints accepts.
Row shelf(const std::string& id, const std::string& name = "");

/// The kind of StoreError that `act` throws; a test failure if it throws none.
StoreError refusal(const std::function<void()>& act);

std::vector<Change> changes_of(const std::vector<Change>& changes, const std::string& action,
                               const std::string& column);

}  // namespace caravan::test

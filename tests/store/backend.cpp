#include "backend.hpp"

#include <cstdlib>

#include "library.hpp"
#include "objects/error.hpp"

namespace caravan::test {

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

Backend sqlite_backend() {
  Backend backend;
  backend.name = "sqlite";
  backend.address = [](const Folder& folder) { return folder.url("store.db"); };
  backend.impatient = [](const std::string& url, int milliseconds) {
    return url + "?busy_timeout=" + std::to_string(milliseconds);
  };
  return backend;
}

void StoreConformance::SetUp() {
  url_ = GetParam().address(folder_);
  create_schema(url_, library_catalog(), "one");
  store_ = open_store(url_);
}

std::unique_ptr<Store> StoreConformance::another() const { return open_store(url_); }
std::unique_ptr<Store> StoreConformance::impatient() const {
  return open_store(GetParam().impatient(url_, 5));
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

INSTANTIATE_TEST_SUITE_P(Backends, StoreConformance, ::testing::Values(sqlite_backend()),
                         [](const ::testing::TestParamInfo<Backend>& each) { return each.param.name; });

}  // namespace caravan::test

#include "nodes/store/database.hpp"

#include <utility>

#include "nodes/store/database_url.hpp"
#include "nodes/store/migration/store.hpp"

namespace caravan::nodes {
namespace {

class AddressedDatabase final : public Database {
 public:
  explicit AddressedDatabase(std::string url)
      : url_(std::move(url)), shown_(parse_database_url(url_).shown()) {}
  std::string shown() const override { return shown_; }
  std::unique_ptr<Store> connect(int lock_timeout) override { return open_store(url_, lock_timeout); }
  std::unique_ptr<Store> witness() override { return open_witness(url_); }
  std::unique_ptr<MigrationStore> migration() override { return open_migration_store(url_); }

 private:
  const std::string url_, shown_;
};

}  // namespace

std::unique_ptr<Database> database_at(const std::string& url) {
  return std::make_unique<AddressedDatabase>(url);
}

}  // namespace caravan::nodes

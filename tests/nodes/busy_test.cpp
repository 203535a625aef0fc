// A database that gives a transaction up for another one's sake is asked again.
#include <gtest/gtest.h>

#include "nodes/direct.hpp"
#include "nodes/mapping.hpp"
#include "objects/object.hpp"
#include "tests/nodes/world.hpp"

namespace caravan {
namespace {

/// As the store within, but for the first so many inserts.
class BusyStore : public Store {
 public:
  BusyStore(Store& store, int busy) : store_(store), busy_(busy) {}
  void begin_read() override { store_.begin_read(); }
  std::optional<Row> get(const std::string& table, const std::string& key) override {
    return store_.get(table, key);
  }
  std::vector<Row> list(const std::string& table, const Row& where) override {
    return store_.list(table, where);
  }
  void insert(const std::string& table, const Row& row) override {
    if (busy_-- > 0) throw StoreError(StoreError::Kind::busy, "the server chose this transaction");
    store_.insert(table, row);
  }
  void update(const std::string& table, const std::string& key, const Row& columns) override {
    store_.update(table, key, columns);
  }
  void remove(const std::string& table, const std::string& key) override { store_.remove(table, key); }
  void remove_where(const std::string& table, const Row& where) override {
    store_.remove_where(table, where);
  }
  void commit() override { store_.commit(); }
  void rollback() override { store_.rollback(); }
  const std::vector<std::string>& columns(const std::string& table) override { return store_.columns(table); }
  std::vector<std::string> tables() override { return store_.tables(); }
  SchemaStage stage() override { return store_.stage(); }
  std::vector<Change> changes_after(std::int64_t sequence) override { return store_.changes_after(sequence); }

 private:
  Store& store_;
  int busy_;
};

class Busy : public ::testing::Test {
 protected:
  std::shared_ptr<const Registry> registry_ = Registry::from(snapshot(sahara_catalog(), "kilo"));
  testing::World world_{"kilo"};

  Object job() const {
    Object object = Object::create(registry_, "Job");
    object.set("id", "j1");
    object.set("name", "one");
    object.set("type", "Pig");
    return object;
  }
  /// The error of the conductor's answer, or null.
  Json create(int busy) {
    BusyStore store(world_.store(), busy);
    const auto node =
        make_node({"conductor.1", 1, "conductor", 1, "", {}}, snapshot(sahara_catalog(), "kilo"), &store);
    Envelope call;
    call.kind = Envelope::Kind::call;
    call.id = "api.1#1/1";
    call.from = "api.1#1";
    call.to = "conductor";
    call.method = "object_action";
    call.version = "1.0";
    call.args = {{"objinst", job().to_primitive()},
                 {"objmethod", "create"},
                 {"args", Json::array()},
                 {"kwargs", Json::object()}};
    const Output output = node->on(1'000'000, {Input::Kind::message, call, 0});
    store.commit();
    for (const Envelope& message : output.messages)
      if (message.kind == Envelope::Kind::reply) return message.error;
    return "no answer";
  }
};

TEST_F(Busy, ConductorsTryATransactionAgain) {
  EXPECT_EQ(create(busy_attempts - 1), Json());
  EXPECT_TRUE(world_.store().get("jobs", "j1"));
}

TEST_F(Busy, ConductorsGiveUpInTheEndAndSaySo) {
  EXPECT_NE(create(busy_attempts), Json());
  EXPECT_FALSE(world_.store().get("jobs", "j1"));
}

TEST_F(Busy, DirectAccessTriesATransactionAgain) {
  BusyStore store(world_.store(), busy_attempts - 1);
  Direct direct(registry_, store);
  direct.create(job(), 1'000'000);
  EXPECT_TRUE(world_.store().get("jobs", "j1"));
}

}  // namespace
}  // namespace caravan

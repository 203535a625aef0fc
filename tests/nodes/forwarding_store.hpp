// A store that does as the one within: for tests that let it fail here and there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/store/store.hpp"

namespace caravan::nodes::testing {

class ForwardingStore : public Store {
 public:
  explicit ForwardingStore(Store& store) : store_(store) {}
  void work_on(const std::string& writer, const std::string& cause) override {
    store_.work_on(writer, cause);
  }
  void begin_read() override {
    about_to("begin_read");
    open_ = true;
    store_.begin_read();
  }
  std::optional<Row> get(const std::string& table, const std::string& key) override {
    about_to("get");
    open_ = true;
    return store_.get(table, key);
  }
  std::vector<Row> list(const std::string& table, const Row& where) override {
    about_to("list");
    open_ = true;
    return store_.list(table, where);
  }
  void insert(const std::string& table, const Row& row) override {
    about_to("insert");
    open_ = true;
    store_.insert(table, row);
  }
  void update(const std::string& table, const std::string& key, const Row& columns) override {
    about_to("update");
    open_ = true;
    store_.update(table, key, columns);
  }
  void remove(const std::string& table, const std::string& key) override {
    about_to("remove");
    open_ = true;
    store_.remove(table, key);
  }
  void remove_where(const std::string& table, const Row& where) override {
    about_to("remove_where");
    open_ = true;
    store_.remove_where(table, where);
  }
  void commit() override {
    if (open_) about_to("commit");
    open_ = false;
    store_.commit();
  }
  void rollback() override {
    open_ = false;
    store_.rollback();
  }
  const std::vector<std::string>& columns(const std::string& table) override {
    about_to("columns");
    return store_.columns(table);
  }
  std::vector<std::string> tables() override {
    about_to("tables");
    return store_.tables();
  }
  SchemaStage stage() override {
    about_to("stage");
    open_ = true;
    return store_.stage();
  }
  std::vector<Change> changes_after(std::int64_t sequence) override { return store_.changes_after(sequence); }

 protected:
  /// May throw in the place of the call. rollback cannot fail.
  virtual void about_to(const std::string& call) = 0;

 private:
  Store& store_;
  bool open_ = false;  ///< a transaction
};

/// No transaction is ever committed.
class UncommittingStore : public ForwardingStore {
 public:
  UncommittingStore(Store& store, StoreError::Kind kind) : ForwardingStore(store), kind_(kind) {}

 private:
  void about_to(const std::string& call) override {
    if (call == "commit") throw StoreError(kind_, "as the test wants it");
  }
  StoreError::Kind kind_;
};

/// The `nth` call fails (from 1), and no other.
class FailingStore : public ForwardingStore {
 public:
  FailingStore(Store& store, int nth, StoreError::Kind kind)
      : ForwardingStore(store), left_(nth), kind_(kind) {}
  const std::string& failed() const { return failed_; }

 private:
  void about_to(const std::string& call) override {
    if (--left_ != 0) return;
    failed_ = call;
    throw StoreError(kind_, "as the test wants it");
  }
  int left_;
  StoreError::Kind kind_;
  std::string failed_;
};

}  // namespace caravan::nodes::testing

// Whatever is asked of a store in whatever order, it says and holds what the model does.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <ostream>
#include <tuple>

#include "backend.hpp"
#include "library.hpp"
#include "model.hpp"
#include "tests/property.hpp"

namespace caravan::nodes::test {
namespace {

using K = StoreError::Kind;

struct Command {
  std::string verb, table, key;
  Row row;
};

void showValue(const Command& command, std::ostream& out) {
  out << "\n  " << command.verb << " " << command.table << " " << command.key << " "
      << Json(command.row).dump(-1, ' ', true);
}

template <typename T>
rc::Gen<Json> some(std::initializer_list<T> values) {
  return rc::gen::map(rc::gen::elementOf(std::vector<T>(values)), [](const T& value) { return Json(value); });
}

rc::Gen<Json> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(
          rc::gen::element<std::string>("a", "B", "'", "\"", "\\", ":p0", "?", "%", " ", "\n", "\xC3\xA9",
                                        "\xF0\x9F\x90\xAA", "e\xCC\x81", "\xE2\x80\xA8")),
      [](const std::vector<std::string>& parts) { return Json(fmt::format("{}", fmt::join(parts, ""))); });
}

/// Most of them fit, and most come again and again.
rc::Gen<Json> any_value(const ColumnDef& column) {
  const rc::Gen<Json> other = some<Json>({1, "text", true, 0.5, -7, std::string("a\0b", 3), ""});
  const rc::Gen<Json> key = some({"a", "b", "c"});
  rc::Gen<Json> right = rc::gen::just(Json());
  switch (kind_of(column.sql)) {
    case Kind::boolean:
      right = some({true, false});
      break;
    case Kind::integer:
      right =
          rc::gen::oneOf(some<std::int64_t>({0, 1, -1, 32767, 32768, -32768, -32769, 2147483647, 2147483648,
                                             -2147483648, std::numeric_limits<std::int64_t>::max(),
                                             std::numeric_limits<std::int64_t>::min()}),
                         some<std::uint64_t>({5, 9223372036854775808U}),
                         rc::gen::map(rc::gen::arbitrary<int>(), [](int number) { return Json(number); }));
      break;
    case Kind::real:
      right = rc::gen::oneOf(
          some<double>({0.0, -0.0, 0.1 + 0.2, 1e300, -1e300, 5e-324, 1.7976931348623157e308, 16777217.0}),
          some({3, -3}),
          rc::gen::map(rc::gen::arbitrary<double>(), [](double number) { return Json(number); }));
      break;
    case Kind::datetime:
      right = some({"2026-01-02 03:04:05.000006", "2026-01-02 03:04:05.000000", "2024-02-29 23:59:59.999999",
                    "never", "0000-00-00 00:00:00.000000"});
      break;
    case Kind::binary:
      right = some({"", "QQ==", "////"});
      break;
    case Kind::text:
      right = column.primary_key || column.references ? key
              : column.length                         ? rc::gen::oneOf(some({"one", "two"}), any_text())
                                                      : any_text();
      break;
  }
  return rc::gen::weightedOneOf<Json>(
      {{16, right}, {column.primary_key ? 0 : 3, rc::gen::just(Json())}, {1, other}});
}

/// `all`: those that a row needs, and others; else some.
Row any_row(const TableDef& table, bool all) {
  Row row;
  for (const ColumnDef& column : table.columns) {
    const bool needed = all && (!column.nullable || column.references);
    if (*rc::gen::inRange(0, 16) > (needed ? 0 : all ? 7 : 12)) row[column.name] = *any_value(column);
  }
  if (*rc::gen::inRange(0, 60) == 7) row["colour"] = "red";  // no such column
  return row;
}

rc::Gen<Command> any_command(const Schema& schema) {
  return rc::gen::exec([&schema] {
    Command made;
    made.verb = *rc::gen::weightedElement<std::string>({{8, "insert"},
                                                        {6, "update"},
                                                        {3, "remove"},
                                                        {2, "remove_where"},
                                                        {3, "get"},
                                                        {3, "list"},
                                                        {3, "commit"},
                                                        {2, "rollback"},
                                                        {1, "look"}});
    if (made.verb == "commit" || made.verb == "rollback" || made.verb == "look") return made;
    const TableDef& table = *rc::gen::elementOf(schema);
    made.table = *rc::gen::inRange(0, 50) == 7 ? "shelfs" : table.name;
    made.key = *rc::gen::element<std::string>("a", "b", "c", "d", "");
    if (made.verb != "get" && made.verb != "remove") made.row = any_row(table, made.verb == "insert");
    return made;
  });
}

bool same(const Json& a, const Json& b) { return a == b && a.is_number_float() == b.is_number_float(); }

void expect_rows(const Model::Rows& model, const Model::Rows& store) {
  RC_ASSERT(model.size() == store.size());
  for (std::size_t i = 0; i < model.size(); ++i) {
    RC_ASSERT(model[i].size() == store[i].size());
    for (const auto& [name, value] : model[i]) {
      const Json& kept = store[i].at(name);
      if (!same(kept, value.is_number() && kept.is_number_float() ? Json(value.get<double>()) : value))
        RC_FAIL(fmt::format("{} is {}, not {}", name, kept.dump(), value.dump()));
    }
  }
}

class Twins {
 public:
  Twins(Model& model, TestDatabase& database)
      : model_(model), store_(database.connect()), reader_(database.connect()), witness_(database.witness()) {
    clear();
    const auto before = store_->changes_after(0);
    seen_ = before.empty() ? 0 : before.back().sequence;
  }

  void run(const Command& command) {
    const std::string &verb = command.verb, &table = command.table, &key = command.key;
    const Row& row = command.row;
    if (verb == "insert") both(model_.insert(table, row), [&] { store_->insert(table, row); });
    if (verb == "update") both(model_.update(table, key, row), [&] { store_->update(table, key, row); });
    if (verb == "remove") both(model_.remove(table, key), [&] { store_->remove(table, key); });
    if (verb == "remove_where")
      both(model_.remove_where(table, row), [&] { store_->remove_where(table, row); });
    if (verb == "list") list(table, row);
    if (verb == "get") get(table, key);
    if (verb == "commit") model_.commit(), store_->commit();
    if (verb == "rollback") model_.rollback(), store_->rollback();
    if (verb == "look") look();
    if (table.empty()) expect_changes();
  }

  /// What is committed, to those who do not write; and what a reader saw when it began stays.
  void look() {
    for (const TableDef& table : model_.schema()) {
      Model alone = model_;
      alone.rollback();
      Model::Rows committed;
      alone.list(table.name, {}, committed);
      expect_rows(committed, witness_->list(table.name, {}));
      if (reading_) {
        Model::Rows began;
        reading_->list(table.name, {}, began);
        expect_rows(began, reader_->list(table.name, {}));
      }
    }
    reader_->rollback();
    reading_ = model_;
    reading_->rollback();
    reader_->begin_read();
    (void)reader_->list(model_.schema().front().name, {});  // a transaction begins with its first statement
  }

 private:
  template <typename Act>
  void both(const Model::Refusals& refusals, const Act& act) {
    try {
      act();
    } catch (const StoreError& error) {
      if (refusals.count(error.kind) == 0)
        RC_FAIL(fmt::format("refused ({}): {}", name(error.kind), error.what()));
      return;
    }
    if (!refusals.empty()) RC_FAIL(fmt::format("not refused, but {}", name(*refusals.begin())));
  }

  void list(const std::string& table, const Row& where) {
    Model::Rows expected, found;
    const auto refusals = model_.list(table, where, expected);
    both(refusals, [&] { found = store_->list(table, where); });
    expect_rows(expected, found);
  }

  void get(const std::string& table, const std::string& key) {
    const TableDef* known = find_table(model_.schema(), table);
    const std::string* id = known == nullptr ? nullptr : key_of(*known);
    Model::Rows expected, found;
    if (id != nullptr) model_.list(table, {{*id, key}}, expected);
    both(id == nullptr ? Model::Refusals{K::unknown_column} : Model::Refusals{}, [&] {
      if (auto row = store_->get(table, key)) found.push_back(*row);
    });
    expect_rows(expected, found);
  }

  void expect_changes() {
    auto expected = model_.take_changes();
    std::vector<Change> changes = store_->changes_after(seen_);
    auto at = changes.begin();
    for (const auto& statement : expected) {
      RC_ASSERT(static_cast<std::size_t>(changes.end() - at) >= statement.size());
      const auto end = at + static_cast<std::ptrdiff_t>(statement.size());
      std::sort(at, end, [](const Change& a, const Change& b) {
        return std::tie(a.key, a.column) < std::tie(b.key, b.column);
      });
      for (const Change& change : statement) expect_change(change, *at++);
    }
    RC_ASSERT(at == changes.end());
    for (const Change& change : changes) seen_ = std::max(seen_, change.sequence);
  }

  static void expect_change(const Change& model, const Change& store) {
    const bool right = store.action == model.action && store.table == model.table && store.key == model.key &&
                       store.column == model.column && store.old_value == model.old_value &&
                       store.new_value == model.new_value;
    if (!right)
      RC_FAIL(fmt::format("recorded {} {} {} {} {} {}, not {} {} {} {} {} {}", store.action, store.table,
                          store.key, store.column, store.old_value.dump(), store.new_value.dump(),
                          model.action, model.table, model.key, model.column, model.old_value.dump(),
                          model.new_value.dump()));
  }

  void clear() {
    for (const char* column : {"Shelf_id", "Book_id"}) {
      for (const Row& row : store_->list("shelf_books", {}))
        store_->remove_where("shelf_books", {{column, row.at(column)}});
    }
    for (const char* table : {"books", "shelves"}) {
      for (const Row& row : store_->list(table, {})) store_->remove(table, row.at("id").get<std::string>());
    }
    store_->commit();
  }

  Model& model_;
  std::unique_ptr<Store> store_, reader_, witness_;
  std::optional<Model> reading_;
  std::int64_t seen_ = 0;
};

class StoreProperties : public StoreConformance {};

TEST_P(StoreProperties, AStoreSaysAndHoldsWhatTheModelDoes) {
  const Schema schema = release_schema(library_catalog(), "one");
  caravan::test::holds(
      [&] {
        Model model(schema);
        Twins twins(model, *database_);
        const auto commands = *rc::gen::container<std::vector<Command>>(any_command(schema));
        for (const Command& command : commands) twins.run(command);
        twins.look();
      },
      GetParam().address && url().rfind("sqlite", 0) != 0 ? 10 : 100);  // a commit of a server takes long
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreProperties, embedded_backends(), backend_name);
INSTANTIATE_TEST_SUITE_P(Server, StoreProperties, server_backends(), backend_name);

}  // namespace
}  // namespace caravan::nodes::test

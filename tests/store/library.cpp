#include "library.hpp"

namespace caravan::nodes::test {
namespace {

FieldSpec field(const std::string& name, const std::string& sql, bool nullable = true) {
  FieldSpec made;
  made.name = name;
  made.type.name = "String";
  made.nullable = nullable;
  made.column.emplace();
  made.column->sql = sql;
  made.column->nullable = nullable;
  if (sql.rfind("VARCHAR(", 0) == 0) made.column->length = std::stoi(sql.substr(8));
  return made;
}

FieldSpec key() {
  FieldSpec made = field("id", "VARCHAR(36)", false);
  made.column->primary_key = true;
  return made;
}

FieldSpec pointer(const std::string& name, const std::string& table, bool nullable = true) {
  FieldSpec made = field(name, "VARCHAR(36)", nullable);
  made.column->references = std::make_pair(table, std::string("id"));
  return made;
}

FieldSpec children(const std::string& name, const std::string& of) {
  FieldSpec made;
  made.name = name;
  made.type.name = "ListOfObjects";
  made.type.object = of;
  return made;
}

ClassSpec class_of(const std::string& name, const std::string& version, const std::string& table,
                   std::vector<FieldSpec> fields, std::vector<std::vector<std::string>> unique) {
  ClassSpec made;
  made.name = name;
  made.version = Version(version);
  made.table = table;
  made.fields = std::move(fields);
  made.unique = std::move(unique);
  return made;
}

std::vector<FieldSpec> shelf_fields(int release) {
  std::vector<FieldSpec> fields = {key(), field("name", release < 2 ? "VARCHAR(10)" : "VARCHAR(20)", false),
                                   field("tenant_id", "VARCHAR(36)")};
  fields.push_back(field(release < 2 ? "code" : "mark", "VARCHAR(100)"));
  if (release < 2) fields.push_back(field("weight", "FLOAT"));
  if (release >= 2) fields.push_back(field("sturdy", "BOOLEAN", false));
  if (release >= 3) fields.push_back(field("colour", "VARCHAR(15)"));
  for (const auto& each : {field("height", "FLOAT"), field("order", "SMALLINT"), field("default", "TEXT"),
                           field("is_public", "BOOLEAN"), field("total", "INTEGER"), field("size", "BIGINT"),
                           field("notes", "LONGTEXT on MySQL, TEXT elsewhere"), field("info", "TEXT (JSON)"),
                           field("data", "LONGBLOB on MySQL, BLOB elsewhere"),
                           field("created_at", "DATETIME"), field("updated_at", "DATETIME")}) {
    fields.push_back(each);
  }
  fields.push_back(children("shown", "Book"));
  return fields;
}

Release release(const std::string& name, int index, std::map<std::string, Version> manifest) {
  Release made;
  made.name = name;
  made.title = name;
  made.index = index;
  made.manifest = std::move(manifest);
  return made;
}

Contract contract(const std::string& name) {
  Contract made;
  made.field = name;
  return made;
}

}  // namespace

Catalog library_catalog() {
  Catalog catalog;
  for (int i = 1; i <= 3; ++i) {
    catalog.classes.push_back(
        class_of("Shelf", "1." + std::to_string(i - 1), "shelves", shelf_fields(i), {{"name", "tenant_id"}}));
  }
  catalog.classes.push_back(class_of("Book", "1.0", "books",
                                     {key(), pointer("shelf_id", "shelves"),
                                      field("title", "VARCHAR(80)", false), field("created_at", "DATETIME")},
                                     {}));
  catalog.classes.push_back(
      class_of("Label", "1.0", "labels",
               {key(), pointer("book_id", "books", false), field("text", "TEXT", false)}, {}));

  ClassHistory shelf;
  shelf.name = "Shelf";
  shelf.table = "shelves";
  shelf.children = {{"shown", "Book"}};
  shelf.child_key = {{"shown", "shelf_books.Shelf_id.Book_id"}};
  Contract mark = contract("mark");
  mark.was_called = std::make_pair(std::string("code"), Version("1.1"));
  Contract weight = contract("weight");
  weight.until = Version("1.1");
  Contract sturdy = contract("sturdy");
  sturdy.since = Version("1.1");
  sturdy.absent_means = true;
  shelf.contracts = {mark, weight, sturdy};
  ClassHistory book;
  book.name = "Book";
  book.table = "books";
  ClassHistory label;
  label.name = "Label";
  label.table = "labels";
  catalog.histories = {shelf, book, label};

  const Version v0("1.0"), v1("1.1"), v2("1.2");
  catalog.releases = {release("one", 0, {{"Shelf", v0}, {"Book", v0}}),
                      release("two", 1, {{"Shelf", v1}, {"Book", v0}, {"Label", v0}}),
                      release("three", 2, {{"Shelf", v2}, {"Book", v0}, {"Label", v0}})};
  return catalog;
}

}  // namespace caravan::nodes::test

// What PostgreSQL and MariaDB have in common: types with enforced lengths, ALTER TABLE, constraints with
// names.
#pragma once

#include "nodes/store/sql/dialect.hpp"

namespace caravan::nodes {

/// Makes and changes tables; derived classes give the words of their server.
class ServerDialect : public Dialect {
 public:
  std::vector<std::string> create_tables(const Schema& schema) const override;
  void change(SqlSession& session, const Schema& from, const Schema& to,
              const std::vector<Rename>& renames) const override;

 protected:
  /// What the server calls the column's type.
  virtual std::string type(const ColumnDef& column) const = 0;
  /// The number that keeps rows without a key in the order they came; stores do not see it.
  virtual std::string row_number() const = 0;
  virtual std::string table_options() const { return ""; }
  virtual std::string drop_unique(const std::string& constraint) const = 0;
  virtual std::string drop_reference(const std::string& constraint) const = 0;
  /// Clauses of ALTER TABLE that make `is` what `wanted` is.
  virtual std::vector<std::string> change_column(const ColumnDef& is, const ColumnDef& wanted) const = 0;
  /// Around all that `change` does.
  virtual void before_change(SqlSession&, const Schema&) const {}
  virtual void after_change(SqlSession&) const {}

  /// The column as create and alter table take it: name, type, and NOT NULL if so.
  std::string definition(const ColumnDef& column) const;

 private:
  std::string create_table(const TableDef& table) const;
  std::vector<std::string> table_clauses(const TableDef& is, const TableDef& wanted) const;
};

/// "NAME='VALUE' " of a connection string, as libpq and SOCI quote it; nothing for an empty value.
std::string connect_option(const std::string& name, const std::string& value);

}  // namespace caravan::nodes

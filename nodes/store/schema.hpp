// The tables of a release as data: what a catalog says a database must look like. Knows no SQL dialect.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objects/catalog/catalog.hpp"

namespace caravan::nodes {

/// What a column holds; binary is base64 text, datetimes are text of one fixed form.
enum class Kind { text, boolean, integer, real, datetime, binary };

/// A column in words that all databases share; a dialect makes its own type of `sql`.
struct ColumnDef {
  std::string name;
  std::string sql;  ///< the portable type: VARCHAR(80), TEXT, LONGTEXT, BLOB, LONGBLOB, BOOLEAN, SMALLINT,
                    ///< INTEGER, BIGINT, FLOAT, DATETIME; the LONG ones differ on MariaDB only
  bool nullable = true;
  bool primary_key = false;
  std::optional<int> length;                                      ///< characters
  std::optional<std::pair<std::string, std::string>> references;  ///< table, column
};

/// A table. `unique` has the unique keys besides the primary one, each with its columns.
struct TableDef {
  std::string name;
  std::vector<ColumnDef> columns;
  std::vector<std::vector<std::string>> unique;

  /// By name; null if there is none. Points into this.
  const ColumnDef* column(const std::string& column_name) const;
};

using Schema = std::vector<TableDef>;
/// By name; null if there is none. Points into the schema. Linear.
const TableDef* find_table(const Schema& schema, const std::string& name);

/// Of a portable type, as in ColumnDef::sql or as a database declares it. Throws Error for an unknown one.
Kind kind_of(const std::string& sql);
/// 80 of VARCHAR(80); nothing of others.
std::optional<int> declared_length(const std::string& sql);

/// A catalog's column in portable words; `where` is for the complaint about an unknown type.
ColumnDef column_of(const std::string& name, const ColumnSpec& spec, const std::string& where);
/// object_version: by which version of its class a row was written (Catalog::row_stamps).
ColumnDef row_stamp_column();

/// Tables of every object in the release's manifest, then association tables; with the column object_version
/// in each object's table where the catalog has row stamps. Throws Error for a gap in the catalog.
Schema release_schema(const Catalog& catalog, const std::string& release);

/// What both releases can write: all columns of both, the wider type, NOT NULL and UNIQUE only where both say
/// so.
Schema expanded_schema(const Schema& from, const Schema& to);

/// A column that goes on under another name, as the contracts say it.
struct Rename {
  std::string table, before, after;
};
std::vector<Rename> renames(const Catalog& catalog, const Schema& from, const Schema& to);

/// A column that is NOT NULL in `to` and was not there in `from`: what stands for "never written".
struct Fill {
  std::string table, column;
  Kind kind = Kind::text;
  Json value;
};
std::vector<Fill> fills(const Catalog& catalog, const Schema& from, const Schema& to);

}  // namespace caravan::nodes

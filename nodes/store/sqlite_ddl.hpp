// A Schema in SQLite's words: CREATE TABLE texts, and the triggers that make the database a witness.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/schema.hpp"

namespace caravan {

/// Equal definitions give equal texts, and sqlite_master keeps the text: that is how a migration sees what to
/// rebuild.
std::string create_table_text(const TableDef& table, const std::string& name);

/// CREATE TRIGGER texts: one for insert, update and delete each, writing one row a column into
/// caravan_changes.
std::vector<std::string> trigger_texts(const TableDef& table);

/// caravan_schema and caravan_changes.
std::vector<std::string> bookkeeping_texts();

/// How values of this kind are called in caravan_changes.type.
const char* change_type(Kind kind);
Kind kind_of_change(const std::string& type);

}  // namespace caravan

// Bringing the tables of a database from one definition to another, rows kept.
#pragma once

#include <vector>

#include "nodes/store/schema.hpp"
#include "nodes/store/sql_session.hpp"

namespace caravan {

/// Makes the tables of `to` out of those of `from`: creates, adds, drops, renames, widens, sets or drops NOT
/// NULL and unique keys. Tables that neither names are left alone. Triggers are made anew, and nothing is
/// witnessed: no row changes but for what the database itself puts into a new column.
///
/// The session is of mode `migrate`, with an open WriteTransaction. SQLite and PostgreSQL do all of it in
/// that transaction. MariaDB commits at each statement, and a new transaction is open afterwards: what was
/// interrupted is run again with the same arguments and goes on where it stopped.
///
/// A new column that is NOT NULL without a default, on a table with rows: SQLite and PostgreSQL refuse
/// (StoreError not_null), MariaDB puts its implicit default in.
void change_schema(SqlSession& session, const Schema& from, const Schema& to,
                   const std::vector<Rename>& renames = {});

}  // namespace caravan

// The bookkeeping row in a database that speaks SQL.
#pragma once

#include "nodes/store/schema_state.hpp"
#include "nodes/store/sql/session.hpp"

namespace caravan::nodes {

/// Throws StoreError machine if there is none.
SchemaState read_state(SqlSession& session);
/// Of a database that has one. Stores read their tables again when the generation changes.
void write_state(SqlSession& session, const SchemaState& state);
void create_state(SqlSession& session, const SchemaState& state);

}  // namespace caravan::nodes

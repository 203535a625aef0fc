// Where nodes write that they live: a table of every database, with witnesses as any other, never migrated.
#pragma once

#include "nodes/store/schema.hpp"

namespace caravan::nodes {

/// caravan_services: id (the node's name), role, release_name, report (JSON), created_at, updated_at.
const TableDef& services_table();

}  // namespace caravan::nodes

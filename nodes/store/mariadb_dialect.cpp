#include "nodes/store/dialect.hpp"
namespace caravan {
const Dialect& mariadb_dialect() { return sqlite_dialect(); }
}  // namespace caravan

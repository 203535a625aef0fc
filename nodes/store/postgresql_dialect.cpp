#include "nodes/store/dialect.hpp"
namespace caravan {
const Dialect& postgresql_dialect() { return sqlite_dialect(); }
}  // namespace caravan

// Time per row of a migration, from 1,000 rows to 100,000: bench-migration. Exit code 1: it is not flat.
#include "nodes/store/migration/migration.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include "nodes/store/database.hpp"
#include "nodes/store/store.hpp"
#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace {

using namespace caravan;

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Job runs as a busy Kilo leaves them; every one has a column that Liberty calls otherwise.
void fill(const std::string& url, int rows) {
  const auto store = nodes::open_store(url);
  for (int i = 0; i < rows; ++i) {
    char key[37];
    std::snprintf(key, sizeof key, "%08x-0000-4000-8000-%012d", static_cast<unsigned>(i) * 2654435761U, i);
    store->insert("job_executions", {{"id", key},
                                     {"tenant_id", "tenant"},
                                     {"info", R"({"status": "SUCCEEDED"})"},
                                     {"oozie_job_id", std::string("0000-oozie-") + key},
                                     {"created_at", "2026-01-02 03:04:05.000006"}});
    if (i % 1000 == 999) store->commit();
  }
  store->commit();
}

struct Times {
  double expand = 0, data = 0, contract = 0;  ///< microseconds a row
};

Times measure(const std::string& folder, int rows) {
  const std::string path = folder + "/sahara.db", url = "sqlite://" + path;
  nodes::create_schema(url, sahara_catalog(), "kilo");
  fill(url, rows);
  const auto phase = [&](const char* name) {
    nodes::MigrationOutcome outcome;
    const double spent = seconds([&] {
      outcome = nodes::migrate(*nodes::database_at(url), {sahara_catalog(), name, "kilo", "liberty"});
    });
    if (outcome.status != 0 || (name == std::string("data") && outcome.done != rows))
      throw machine_failed(name, "the phase is not done: " + outcome.refused);
    return spent * 1e6 / rows;
  };
  Times times;
  times.expand = phase("expand");
  times.data = phase("data");
  times.contract = phase("contract");
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  return times;
}

}  // namespace

int main() {
  constexpr double goal = 1.5;
  std::string folder = std::filesystem::temp_directory_path() / "caravan-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 4;
  std::printf("%8s %14s %14s %14s   microseconds a row, kilo to liberty, batches of 100\n", "rows", "expand",
              "data", "contract");
  double first = 0, last = 0;
  for (const int rows : {1000, 10000, 100000}) {
    Times best{1e9, 1e9, 1e9};
    for (int i = 0; i < (rows == 1000 ? 5 : rows == 10000 ? 3 : 1); ++i) {
      const Times one = measure(folder, rows);
      best.expand = std::min(best.expand, one.expand);
      best.data = std::min(best.data, one.data);
      best.contract = std::min(best.contract, one.contract);
    }
    std::printf("%8d %14.2f %14.2f %14.2f\n", rows, best.expand, best.data, best.contract);
    if (rows == 1000) first = best.data;
    last = best.data;
  }
  std::filesystem::remove_all(folder);
  std::printf("data, a row of 100,000 against a row of 1,000: %.2f, goal <= %.2f\n", last / first, goal);
  return last / first <= goal ? 0 : 1;
}

// The store beside the same statements through bare SOCI, on each database: bench-store [DATABASE].
// Goal: at most 1.5 times as slow, those that begin a transaction and take its lock included. With the
// witness's triggers and without, so that their price is seen apart. Ours stamps what it writes, as nodes do.
#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "harness/process/servers.hpp"
#include "nodes/store/sql/dialect.hpp"
#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"

namespace caravan {
namespace {

constexpr int rounds = 9;
constexpr double seconds_each = 0.25;
constexpr double goal = 1.5;
constexpr const char* column_names[] = {"id",    "tenant_id", "name",         "description", "url",
                                        "extra", "is_public", "is_protected", "created_at",  "updated_at"};

nodes::Row sample(const std::string& id, const std::string& tenant) {
  return {{"id", id},
          {"tenant_id", tenant},
          {"name", id},
          {"description", "what it is for, in a line of text"},
          {"url", "swift://container/object"},
          {"extra", "{\"user\": \"u\", \"password\": \"p\"}"},
          {"is_public", false},
          {"is_protected", true},
          {"created_at", "2015-04-23 10:20:30.000123"},
          {"updated_at", "2015-04-23 10:20:30.000123"}};
}

// The same statements, with nothing around them.
class Bare {
 public:
  explicit Bare(const nodes::DatabaseUrl& url) : kind_(url.kind) {
    if (kind_ == nodes::DatabaseUrl::Kind::sqlite) {
      session_.open("sqlite3", "db=" + url.path);
      session_ << "pragma busy_timeout=5000";
      session_ << "pragma synchronous=normal";
      session_ << "pragma foreign_keys=on";
    } else if (kind_ == nodes::DatabaseUrl::Kind::postgresql) {
      session_.open("postgresql", fmt::format("host={} user={} dbname={}", url.socket, url.user, url.name));
    } else {
      session_.open("mysql", fmt::format("unix_socket={} user={} db={} charset=utf8mb4", url.socket, url.user,
                                         url.name));
    }
    for (const char* column : column_names) {
      columns_ += (columns_.empty() ? "" : ", ") + std::string(column);
      parameters_ += (parameters_.empty() ? ":" : ", :") + std::string(column);
    }
  }
  void insert(const std::string& id, const std::string& tenant) {
    begin(true);
    const nodes::Row row = sample(id, tenant);
    std::string text[8];
    for (int i = 0; i < 6; ++i) text[i] = row.at(column_names[i]).get<std::string>();
    for (int i = 6; i < 8; ++i) text[i] = row.at(column_names[i + 2]).get<std::string>();
    long long is_public = 0, is_protected = 1;
    session_ << "insert into job_binaries (" + columns_ + ") values (" + parameters_ + ")",
        soci::use(text[0]), soci::use(text[1]), soci::use(text[2]), soci::use(text[3]), soci::use(text[4]),
        soci::use(text[5]), soci::use(is_public), soci::use(is_protected), soci::use(text[6]),
        soci::use(text[7]);
    session_ << "commit";
  }
  void update(const std::string& id, const std::string& value) {
    begin(true);
    session_ << "update job_binaries set description = :d where id = :i", soci::use(value), soci::use(id);
    session_ << "commit";
  }
  std::size_t select(const std::string& column, const std::string& value, const char* tail) {
    begin(false);
    std::string out[10];
    soci::indicator state[10];
    soci::statement statement =
        (session_.prepare << "select " + columns_ + " from job_binaries where " + column + " = :v" + tail,
         soci::use(value), soci::into(out[0], state[0]), soci::into(out[1], state[1]),
         soci::into(out[2], state[2]), soci::into(out[3], state[3]), soci::into(out[4], state[4]),
         soci::into(out[5], state[5]), soci::into(out[6], state[6]), soci::into(out[7], state[7]),
         soci::into(out[8], state[8]), soci::into(out[9], state[9]));
    std::size_t rows = 0;
    for (bool got = statement.execute(true); got; got = statement.fetch()) ++rows;
    session_ << "commit";
    return rows;
  }

 private:
  // As the store begins: the schema's generation is read, for writes under the one writer's lock.
  void begin(bool write) {
    long long generation = 0;
    std::string head, tail = write ? " for update" : "";
    if (kind_ == nodes::DatabaseUrl::Kind::sqlite) {
      session_ << (write ? "begin immediate" : "begin");
      tail.clear();
    } else if (kind_ == nodes::DatabaseUrl::Kind::mariadb) {
      session_ << (write ? "start transaction" : "start transaction with consistent snapshot, read only");
    } else {
      head = write ? "begin isolation level read committed; savepoint caravan; "
                   : "begin isolation level repeatable read read only; ";
    }
    session_ << head + "select generation from caravan_schema" + tail, soci::into(generation);
  }
  nodes::DatabaseUrl::Kind kind_;
  soci::session session_;
  std::string columns_, parameters_;
};

double per_second(const std::function<void()>& once) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  double passed = 0;
  int done = 0;
  while (passed < seconds_each) {
    once();
    ++done;
    passed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return done / passed;
}

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

bool missed = false;

// The two take turns, so that the machine's other work slows both.
void compare(const char* what, const std::function<void()>& ours, const std::function<void()>& theirs) {
  std::vector<double> a, b, ratio;
  for (int round = 0; round < rounds; ++round) {
    b.push_back(per_second(theirs));
    a.push_back(per_second(ours));
    ratio.push_back(b.back() / a.back());
  }
  const double slower = median(ratio);
  missed = missed || slower > goal;
  fmt::print("  {:<22} {:>9.0f}/s  {:>9.0f}/s  {:>5.2f}{}\n", what, median(a), median(b), slower,
             slower > goal ? "  missed" : "");
}

void measure(const std::string& url, bool witnessed) {
  const nodes::DatabaseUrl parsed = nodes::parse_database_url(url);
  nodes::create_schema(url, sahara_catalog(), "liberty", {true});
  if (!witnessed) {
    nodes::SqlSession session(parsed, nodes::SqlSession::Mode::create);
    for (const std::string& text : session.dialect().drop_triggers("job_binaries")) session.run(text);
  }
  fmt::print("{}, {}\n  {:<22} {:>11}  {:>11}  ratio (goal: at most {})\n", name(parsed.kind),
             witnessed ? "witnessed" : "without triggers", "", "store", "bare SOCI", goal);
  const auto store = nodes::open_store(url);
  Bare bare(parsed);
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    store->insert("job_binaries", sample("row-" + number, "tenant-" + std::to_string(i / 20)));
  }
  store->commit();
  int n = 0, m = 0;
  const auto row = [](int number) { return "row-" + std::to_string(number * 7 % 1000); };
  compare(
      "get",
      [&] {
        store->begin_read();
        if (!store->get("job_binaries", row(++n))) std::abort();
        store->commit();
      },
      [&] {
        if (bare.select("id", row(++m), "") != 1) std::abort();
      });
  compare(
      "list of 20",
      [&] {
        store->begin_read();
        if (store->list("job_binaries", {{"tenant_id", "tenant-" + std::to_string(++n % 50)}}).size() != 20)
          std::abort();
        store->commit();
      },
      [&] {
        if (bare.select("tenant_id", "tenant-" + std::to_string(++m % 50), " order by created_at, id") != 20)
          std::abort();
      });
  compare(
      "update",
      [&] {
        ++n;
        store->work_on("conductor.1#1", "api.1#1/" + std::to_string(n));
        store->update("job_binaries", row(n), {{"description", "value " + std::to_string(n)}});
        store->commit();
      },
      [&] {
        ++m;
        bare.update(row(m), "worth " + std::to_string(m));
      });
  compare(
      "insert",
      [&] {
        store->work_on("conductor.1#1", "api.1#1/" + std::to_string(n));
        store->insert("job_binaries", sample("ours-" + std::to_string(++n), "new"));
        store->commit();
      },
      [&] { bare.insert("bare-" + std::to_string(++m), "new"); });
}

int run_store_bench(const std::string& only) {
  std::string pattern = (std::filesystem::temp_directory_path() / "caravan-bench-XXXXXX").string();
  const std::string folder = mkdtemp(pattern.data());
  for (const auto kind : {nodes::DatabaseUrl::Kind::sqlite, nodes::DatabaseUrl::Kind::postgresql,
                          nodes::DatabaseUrl::Kind::mariadb}) {
    if (!only.empty() && only != name(kind)) continue;
    std::unique_ptr<harness::DatabaseServer> server;
    if (kind != nodes::DatabaseUrl::Kind::sqlite) server = harness::start_server(kind, folder);
    for (const bool witnessed : {true, false})
      measure(server ? server->url() : "sqlite://" + folder + "/" + (witnessed ? "with" : "without") + ".db",
              witnessed);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  fmt::print("{}\n", missed ? "A goal is missed." : "No goal is missed.");
  return missed ? 1 : 0;
}

}  // namespace
}  // namespace caravan

int main(int argc, char** argv) {
  try {
    return caravan::run_store_bench(argc > 1 ? argv[1] : "");
  } catch (const caravan::Error& error) {
    fmt::print(stderr, "bench-store: {}\n", error.what());
    return static_cast<int>(error.exit());
  }
}

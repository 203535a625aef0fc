// When all rest: the driver over a carrier of virtual time, from which the machine takes time away.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <utility>

#include "harness/run/driver.hpp"
#include "nodes/store/memory/store.hpp"
#include "objects/loader/loader.hpp"
#include "objects/vocabulary/deadlines.hpp"
#include "reports/recording/run_file.hpp"
#include "tests/harness/program.hpp"

namespace caravan::harness {
namespace {

/// Its nodes say hello and bye, and nothing else. Then they are kept from running for a time, which is seen
/// while it lasts, or told after it.
class VirtualCarrier final : public Carrier {
 public:
  VirtualCarrier(Instant queued, Instant told) : queued_(queued), told_(told) {}
  /// From now on; once.
  void commits(Instant after, std::function<void()> change) {
    change_ = std::move(change);
    changes_after_ = after;
  }

  void start(const NodeSpec& spec) override {
    peer_ = spec.identity.peer();
    says(Envelope::Kind::hello, {{"protocol", 1}, {"release", "kilo"}, {"role", "api"}});
    taken_from_ = now_ + 1'000;
  }
  void start(const Tool&) override {}
  void signal(const std::string&, Signal) override {}
  nodes::Database& database() override { return database_; }
  std::vector<Log> logs() override { return {}; }
  std::unique_ptr<std::istream> read(const Log&) override { return nullptr; }
  std::string last_words(const std::string&) override { return {}; }
  bool deliver(const std::string&, const Envelope& envelope) override {
    if (envelope.kind != Envelope::Kind::drain) return true;
    says(Envelope::Kind::bye, Json::object());
    coming_.push_back({now_ + 1'000, Exited{peer_, false, 0}});
    return true;
  }
  CarrierEvent wait(Instant deadline) override {
    if (change_ && taken_from_ > 0 && taken_from_ + changes_after_ <= deadline) {
      now_ = std::max(now_, taken_from_ + changes_after_);
      std::exchange(change_, nullptr)();
    }
    if (coming_.empty() || coming_.front().first > deadline) {
      now_ = std::max(now_, deadline);
      return Elapsed{};
    }
    now_ = std::max(now_, coming_.front().first);
    const auto next = coming_.front().second;
    coming_.pop_front();
    return next;
  }
  Instant now() override { return now_; }
  bool at_work() override { return now_ < taken_from_ + queued_; }
  Taken taken() override {
    Taken out{seen_, now_, {}};
    const auto from = std::max(seen_, taken_from_), to = std::min(now_, taken_from_ + told_);
    if (to > from) out.shares.push_back({peer_, "queued", to - from});
    seen_ = now_;
    return out;
  }

 private:
  void says(Envelope::Kind kind, const Json& args) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.id = peer_ + "/" + std::to_string(++messages_);
    envelope.from = peer_;
    envelope.args = args;
    coming_.push_back({now_ + 1'000, Arrived{envelope, peer_}});
  }

  nodes::MemoryDatabase database_{sahara_catalog(), "kilo"};
  std::string peer_;
  std::deque<std::pair<Instant, CarrierEvent>> coming_;
  std::function<void()> change_;
  Instant changes_after_ = 0;
  Instant queued_, told_, now_ = 1'430'000'000'000'000, seen_ = now_, taken_from_ = 0;
  int messages_ = 0;
};

class Quiet : public ProgramTest {
 protected:
  Instant settled_after(Instant queued, Instant told, Instant commit = 0) const;
};

/// How long a settle takes, microseconds; who commits has direct access.
Instant Quiet::settled_after(Instant queued, Instant told, Instant commit) const {
  const auto place = folder / std::to_string(queued + told + commit);
  fs::create_directory(place);
  const auto plan = scenarios::parse_plan(
      "caravan plan: 1\nscenario: quiet\nabout: \nseed: 1\nfrom: kilo\nto: kilo\naccess: " +
          std::string(commit > 0 ? "direct\ncompat: none" : "conductor\ncompat: backport") +
          "\ndatabase: sqlite\nnodes: {\"api\":1}\nclients: 1\nexpect: \"pass\"\n\n"
          "1 start node=api.1 release=kilo\n2 settle\n",
      "plan");
  RunSetup setup;
  setup.catalog = &sahara_catalog();
  const auto file = place / "run.ndjson";
  {
    reports::RunWriter writer(file);
    writer.append("header", 0, Json::object());
    VirtualCarrier carrier(queued, told);
    if (commit > 0)
      carrier.commits(commit, [&carrier] {
        const auto store = carrier.database().connect(0);
        store->insert("jobs", {{"id", "j1"}, {"name", "j"}, {"type", "Pig"}});
        store->commit();
      });
    drive(plan, setup, carrier, writer);
  }
  std::ifstream lines(file);
  Instant began = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto event = Json::parse(line);
    if (event["kind"] != "step" || event["step"] != "2") continue;
    if (event["edge"] == "end") return event["t"].get<Instant>() - began;
    began = event["t"].get<Instant>();
  }
  return -1;
}

TEST_F(Quiet, IsSixtyMillisecondsWithoutAMessage) { EXPECT_EQ(settled_after(0, 0), Deadlines{}.quiet); }

TEST_F(Quiet, BeginsAnewWithWhatSomebodyCommits) {
  EXPECT_GE(settled_after(0, 0, 50'000), 50'000 + Deadlines{}.quiet);
}

TEST_F(Quiet, IsNotWhereWhoeverHasWorkInHandWasKeptFromIt) {
  for (const Instant told : {30'000, 200'000, 1'000'000})
    EXPECT_GE(settled_after(0, told), told + Deadlines{}.quiet) << told;
}

TEST_F(Quiet, IsNotWhereSomebodyIsStillAtWork) {
  for (const Instant queued : {90'000, 1'000'000}) EXPECT_GE(settled_after(queued, 0), queued) << queued;
}

}  // namespace
}  // namespace caravan::harness

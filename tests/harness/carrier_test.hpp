// A process carrier with real children: a node program of our own that speaks the protocol, or misbehaves.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "harness/process/process_carrier.hpp"
#include "objects/vocabulary/deadlines.hpp"

namespace caravan::harness {

namespace fs = std::filesystem;

class CarrierTest : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() /
             fmt::format("caravan-test-{}-{}", ::getpid(), ::testing::UnitTest::GetInstance()->random_seed());
    fs::create_directories(folder);
    make();
  }
  void TearDown() override {
    carrier.reset();
    ::unsetenv("FAKE_NODE");
    fs::remove_all(folder);
  }
  void make() { carrier = process_carrier(); }

  Launch launch(const std::string& node, const std::string& mode = "") const {
    ::setenv("FAKE_NODE", mode.c_str(), 1);
    Launch out;
    out.node = node;
    out.program = CARAVAN_BIN_DIR "/fake-node";
    out.log = log(node);
    out.args = {"--node", node, "--incarnation", "1", "--role", "engine", "--release", "kilo"};
    return out;
  }
  std::string log(const std::string& node) const { return (folder / (node + ".log")).string(); }
  std::string log_text(const std::string& node) const {
    std::ifstream file(log(node));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  CarrierEvent next(Instant limit = 60 * one_second * slowness) {
    return carrier->wait(carrier->now() + limit);
  }

  template <class T>
  T want() {
    auto event = next();
    EXPECT_TRUE(std::holds_alternative<T>(event)) << "event number " << event.index();
    return std::holds_alternative<T>(event) ? std::get<T>(event) : T{};
  }
  Envelope hello() {
    const auto arrived = want<Arrived>();
    EXPECT_EQ(arrived.envelope.kind, Envelope::Kind::hello);
    return arrived.envelope;
  }
  static Envelope drain() {
    Envelope envelope;
    envelope.kind = Envelope::Kind::drain;
    envelope.id = "harness/1";
    envelope.from = "harness";
    return envelope;
  }
  static Envelope ask() {
    Envelope envelope;
    envelope.kind = Envelope::Kind::call;
    envelope.id = "client.1/1";
    envelope.from = "client.1";
    envelope.to = "engine.1";
    envelope.method = "ping";
    envelope.args = {{"text", "Grüße"}};
    return envelope;
  }

  fs::path folder;
  std::unique_ptr<ProcessCarrier> carrier;
};

}  // namespace caravan::harness

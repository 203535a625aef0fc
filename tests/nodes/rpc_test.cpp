// Which version a call speaks, and what is wrong with one that came: with versions, and as Python finds out.
#include "nodes/core/rpc.hpp"

#include <gtest/gtest.h>

#include "objects/model/object.hpp"
#include "tests/nodes/calls.hpp"
#include "tests/nodes/world.hpp"

namespace caravan::nodes {
namespace {

class RpcOfARelease : public ::testing::Test {
 protected:
  Catalog queens_ = snapshot(sahara_catalog(), "queens");
  const VersionedRpc versioned_{queens_.releases.front(), "engine"};
  const UnversionedRpc unversioned_{queens_.releases.front(), "engine"};

  static Envelope cast(const std::string& method, Json args, const std::string& version = "1.0") {
    Envelope message;
    message.method = method;
    message.args = std::move(args);
    message.version = version;
    return message;
  }
};

TEST_F(RpcOfARelease, IsCalledAtTheLowestVersionThatHasTheArguments) {
  const Rpc& rpc = versioned_;
  EXPECT_EQ(rpc.version("engine", "terminate_cluster", {{"cluster", 1}}), Version("1.0"));
  EXPECT_EQ(rpc.version("engine.2", "terminate_cluster", {{"cluster", 1}, {"force", false}}), Version("1.3"));
  EXPECT_EQ(rpc.version("engine", "cancel_job_execution", Json::object()), Version("1.1"));
  EXPECT_THROW(rpc.version("engine", "fly", Json::object()), ObjectError);
}

TEST_F(RpcOfARelease, HasOneVersionWhereNoObjectsTravel) {
  const Rpc& rpc = unversioned_;
  EXPECT_EQ(rpc.version("engine", "terminate_cluster", {{"force", false}}), Version("1.0"));
  EXPECT_THROW(rpc.version("engine", "fly", Json::object()), ObjectError);
}

TEST_F(RpcOfARelease, TakesWhatItUnderstands) {
  EXPECT_FALSE(versioned_.mismatch(cast("terminate_cluster", {{"cluster", 1}})));
  EXPECT_FALSE(versioned_.mismatch(cast("terminate_cluster", {{"cluster", 1}}, "")));  // no claim
  EXPECT_FALSE(unversioned_.mismatch(cast("terminate_cluster", {{"cluster_id", "c"}})));
}

TEST_F(RpcOfARelease, RefusesAVersionAMethodAndAnArgumentThatItDoesNotKnow) {
  const auto newer = versioned_.mismatch(cast("terminate_cluster", {{"cluster", 1}}, "1.4"));
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->answer, "terminate_cluster speaks version 1.4, engine at queens understands 1.3");
  EXPECT_EQ(newer->line, "UnsupportedVersion: " + newer->answer);
  EXPECT_FALSE(newer->also_line);
  EXPECT_EQ(versioned_.mismatch(cast("terminate_cluster", {}, "2.0"))->type, "UnsupportedVersion");
  EXPECT_EQ(versioned_.mismatch(cast("terminate_cluster", {}, "one"))->answer,
            "terminate_cluster speaks version one, engine at queens understands 1.3");
  EXPECT_EQ(versioned_.mismatch(cast("fly", {}))->answer, "engine has no method fly");
  EXPECT_EQ(versioned_.mismatch(cast("terminate_cluster", {{"cluster_id", "c"}}))->answer,
            "terminate_cluster() got an unexpected argument 'cluster_id'");
}

TEST_F(RpcOfARelease, SaysWhatPythonSaysWhereNobodyLooksAtVersions) {
  EXPECT_FALSE(unversioned_.mismatch(cast("terminate_cluster", {{"cluster_id", "c"}}, "9.9")));
  EXPECT_EQ(unversioned_.mismatch(cast("terminate_cluster", {{"cluster", 1}}))->line,
            "TypeError: terminate_cluster() got an unexpected keyword argument 'cluster'");
  const auto missing = unversioned_.mismatch(cast("terminate_cluster", {{"force", true}}));
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->answer,
            "TypeError: terminate_cluster() missing 1 required positional argument: 'cluster_id'");
  EXPECT_TRUE(missing->also_line);  // the caller is answered, and the log has it
  EXPECT_EQ(unversioned_.mismatch(cast("fly", {}))->type, "NoSuchMethod");
}

TEST(AnEngineThatIsTold, NamesTheArgumentThatIsMissing) {
  const auto node =
      make_node({"engine.1", 1, "engine", 1, "", {}}, snapshot(sahara_catalog(), "mitaka"), nullptr);
  Envelope message;
  message.kind = Envelope::Kind::cast;
  message.id = "api.1#1/1";
  message.from = "api.1#1";
  message.method = "cancel_job_execution";
  message.operation = "c1-3";
  const Output output = node->on(1'000'000, {Input::Kind::message, message, 0});
  ASSERT_EQ(output.messages.size(), 1u);
  EXPECT_EQ(output.messages.front().kind, Envelope::Kind::trouble);
  EXPECT_EQ(output.messages.front().args.at("what"),
            "cancel_job_execution (accepted): cancel_job_execution came without its job_execution");
  EXPECT_EQ(output.messages.front().args.at("error"), "ValueError");
  EXPECT_EQ(output.messages.front().cause, "api.1#1/1");
  EXPECT_EQ(output.messages.front().operation, "c1-3");
}

}  // namespace
}  // namespace caravan::nodes

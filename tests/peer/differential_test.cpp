// Caravan's object layer and the real library, through the Python node's own code, on the same primitives.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "objects/loader/loader.hpp"
#include "objects/model/object.hpp"
#include "objects/model/serializer.hpp"
#include "tests/peer/primitives.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan {
namespace {

namespace fs = std::filesystem;

constexpr int all = 10'000;
// Most at a release that knows everything; the others meet versions from their future.
const std::vector<std::pair<const char*, int>> shares = {
    {"2023.2", 5'000}, {"kilo", 1'500}, {"liberty", 1'500}, {"mitaka", 1'000}, {"juno", 1'000}};

Json outcome_of(const std::function<Json()>& act) {
  try {
    return act();
  } catch (const ObjectError& error) {
    return conformance::error_json(error);
  }
}

/// nodes/roles/conductor.cpp's answer to object_backport_versions, and what a node makes of an argument.
Json answer(const std::shared_ptr<const Registry>& registry, const Json& request) {
  const bool backport = request.at("do") == "backport";
  if (request.at("do") == "forward") return {{"result", Object::forward(*registry, request.at("objinst"))}};
  Json arrived = request.at("objinst");
  if (backport) {
    const Object object = Object::from_primitive(registry, arrived);
    Manifest manifest;
    for (const auto& [name, version] : request.at("object_versions").items())
      manifest[name] = version.get<std::string>();
    const auto target = manifest.find(object.name());
    if (target == manifest.end())
      throw ObjectError("UnsupportedObjectError", "the caller does not know " + object.name());
    return {{"result", primitive_of(object, target->second, &manifest)}};
  }
  Deserializer reading({registry, std::nullopt, true, true, false}, arrived);
  if (const auto call = reading.run()) return {{"asks", call->args}};
  if (const Object* object = reading.result().maybe<Object>()) return {{"result", object->to_primitive()}};
  throw ObjectError("ValueError", "not the primitive of an object");
}

/// The library's `changes` come in the order of a set.
void sort_changes(Json& json) {
  for (auto item = json.begin(); item != json.end(); ++item) {
    if (json.is_object() && item.key() == "versioned_object.changes" && item->is_array()) {
      std::sort(item->begin(), item->end(), [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
    } else if (item->is_structured()) {
      sort_changes(*item);
    }
  }
}

/// The one thing that is not as in the library: it reads text or a list as data or changes without a word,
/// and finds no field in it. Caravan says that this is no dict, or no list.
bool is_stricter(const Json& ours) {
  const std::string message = ours.contains("error") ? ours["error"].value("message", "") : "";
  return message == "changes must be a list of names" ||
         message.find(" is not a dict") == message.size() - std::string(" is not a dict").size();
}

class Differential : public ::testing::Test {
 protected:
  Differential() {
    std::string pattern = (fs::temp_directory_path() / "caravan-peer-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Differential() override { fs::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  fs::path folder_;
};

TEST_F(Differential, TenThousandPrimitivesAreAnsweredAsTheRealLibraryDoes) {
  const Catalog& catalog = sahara_catalog();
  peer::Primitives primitives(catalog, 20'151'015);
  std::ofstream requests(file("requests"));
  std::vector<std::pair<const char*, Json>> asked;
  for (const auto& [release, share] : shares) {
    std::ofstream(file(release)) << to_json(snapshot(catalog, release)).dump();
    requests << Json{{"snapshot", file(release)}}.dump() << '\n';
    for (int i = 0; i < share; ++i) {
      const Json primitive = primitives.next(), versions = primitives.versions();
      for (const char* what : {"backport", "receive", "forward"}) {
        Json request = {{"do", what}, {"objinst", primitive}};
        if (request["do"] == "backport") request["object_versions"] = versions;
        requests << request.dump() << '\n';
        asked.emplace_back(release, std::move(request));
      }
    }
  }
  requests.close();
  ASSERT_EQ(asked.size(), 3U * all);
  const std::string command = fmt::format("{}/python/batch.py <{} >{} 2>{}", CARAVAN_BIN_DIR,
                                          file("requests"), file("replies"), file("log"));
  const int status = std::system(command.c_str());
  std::ifstream log(file("log"));
  ASSERT_EQ(status, 0) << "the Python peer needs python3-oslo.versionedobjects and python3-zmq\n"
                       << std::string(std::istreambuf_iterator<char>(log), {}).substr(0, 2'000);

  std::ifstream replies(file("replies"));
  std::map<std::string, std::shared_ptr<const Registry>> registries;
  int differences = 0, refused = 0, questions = 0;
  for (const auto& [release, asked_for] : asked) {
    const Json& request = asked_for;  // clang 14 captures no structured binding
    std::string line;
    ASSERT_TRUE(std::getline(replies, line)) << "the peer answered too little";
    Json theirs = Json::parse(line);
    auto& registry = registries[release];
    if (!registry) registry = Registry::from(snapshot(catalog, release));
    Json ours = outcome_of([&] { return answer(registry, request); });
    refused += theirs.contains("error") ? 1 : 0;
    questions += theirs.contains("asks") ? 1 : 0;
    sort_changes(theirs);
    sort_changes(ours);
    const std::string difference = conformance::difference(theirs, ours);
    if (difference.empty() || is_stricter(ours) || ++differences > 20) continue;
    ADD_FAILURE() << release << ": " << difference << "\nrequest " << request.dump() << "\ntheirs "
                  << theirs.dump() << "\nours " << ours.dump();
  }
  EXPECT_EQ(differences, 0);
  // A generator that makes only nonsense, or only what is fine, tests nothing.
  EXPECT_GT(refused, all / 10);
  EXPECT_LT(refused, 2 * all);
  EXPECT_GT(questions, all / 20);
}

}  // namespace
}  // namespace caravan

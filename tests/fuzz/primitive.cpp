// The primitive decoder: nothing but the two kinds of errors comes out, and what was read is written, read
// and written again without a difference.
#include <array>
#include <cmath>
#include <optional>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/loader/loader.hpp"
#include "objects/model/encoded.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/model/object_text.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {
namespace {

using RegistryRef = std::shared_ptr<const Registry>;

/// The library sends years below 1000 without padding and cannot read them again.
bool is_quirk(const ObjectError& error) {
  return std::string_view(error.what()).rfind("Unable to parse date string", 0) == 0;
}

void check_stable(const RegistryRef& registry, const Object& object) {
  const Json sent = object.to_primitive();
  const std::string text = object_text(object);
  require(text == sent.dump(), "the text is the dump of the primitive");
  try {
    const Object again = object_from_text(registry, text, "sent");
    require(again.to_primitive().dump() == text, "what was sent is read and sent again as it was: " + text);
  } catch (const ObjectError& error) {
    require(is_quirk(error), "what was sent can be read: " + std::string(error.what()) + " in " + text);
  } catch (const Error& error) {
    throw Violation("what was sent is strict JSON: " + std::string(error.what()));
  }
}

/// To a version that the bytes choose, by its relationships or by a manifest.
void backport(const RegistryRef& registry, const Object& object, std::uint64_t choice) {
  static constexpr std::array<const char*, 6> versions = {"", "1.0", "1.1", "1.2", "0.9", "1.3"};
  static const Manifest old = {
      {"Part", "1.0"}, {"PartList", "1.0"}, {"NodeGroup", "1.1"}, {"Instance", "1.0"}};
  static const Manifest none;
  const Manifest* manifests[] = {nullptr, &old, &none};
  const std::string before = object_text(object);
  refused([&] {
    const Json older = object.to_primitive(versions[choice % 6], manifests[choice / 6 % 3]);
    const Object read = Object::from_primitive(registry, parse_json_strict(older.dump(), "older"));
    check_stable(registry, read);
  });
  require(object_text(object) == before, "a backport leaves the object as it is");
}

/// With and without a document in between.
void check_two_ways(const RegistryRef& registry, std::string_view text, const Json& document) {
  const auto outcome = [](const std::function<Object()>& read) {
    try {
      return describe_object(read()).dump();
    } catch (const ObjectError& error) {
      return error.type + ": " + error.what();
    }
  };
  require(outcome([&] { return object_from_text(registry, text, "input"); }) ==
              outcome([&] { return Object::from_primitive(registry, document); }),
          "a text gives what its document gives");
}

void check(const RegistryRef& registry, const Json& document, std::uint64_t choice) {
  refused([&] {
    const Object object = Object::from_primitive(registry, document);
    check_stable(registry, object);
    backport(registry, object, choice);
    require(object_text(clone(object)).size() > 0, "a clone has a text");
    (void)repr(object);
    (void)object.what_changed();
    reset_changes(object, {}, true);
    require(object.what_changed().empty(), "a complete reset leaves no changes");
  });
  refused([&] { (void)Object::from_primitive(registry, Object::forward(*registry, document)); });
}

const std::array<RegistryRef, 2>& registries() {
  static const std::array<RegistryRef, 2> both = {
      Registry::from(load_catalog_text(read_text_file(FUZZ_DIR "/every_type.json"), "every_type.json")),
      Registry::from(sahara_catalog())};
  return both;
}

}  // namespace

void primitive(std::string_view text) {
  Json document;
  if (refused([&] { document = parse_json_strict(text, "input"); })) return;
  // What the strict reader takes, the JSON library takes too, and as the same value.
  if (text.substr(0, 3) != "\xEF\xBB\xBF") {
    const Json expected = Json::parse(text, nullptr, false);
    require(!expected.is_discarded() && expected.dump() == document.dump(), "strict JSON is JSON");
  }
  for (const RegistryRef& registry : registries()) {
    check_two_ways(registry, text, document);
    check(registry, document, choice_of(text));
  }
}

}  // namespace caravan::fuzz

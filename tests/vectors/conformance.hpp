// Runs cases that were recorded from oslo.versionedobjects against this implementation.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/base/json_at.hpp"
#include "objects/model/encoded.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan::conformance {

struct Outcome {
  enum class Verdict { passed, failed, skipped };
  Verdict verdict = Verdict::passed;
  std::string why;  ///< what differs, or why it was skipped
};

/// One file of vectors. Catalogs are loaded when a case first needs them. A file of a real project's
/// fingerprints (format ovo-fingerprints/1) is the category "fingerprints-<project>" with a case an object.
class VectorFile {
 public:
  /// Throws Error (bad_request) with the place if it is no file of vectors, or not a well-formed one.
  explicit VectorFile(const std::filesystem::path& path);
  VectorFile(std::filesystem::path path, Json document, std::string_view text = {});

  const std::string& category() const { return category_; }
  const Json& cases() const { return document_.at("cases"); }
  std::shared_ptr<const Registry> registry(const std::string& catalog) const;
  const Json& catalog(const std::string& name) const;
  /// A registry of a catalog that a case made up.
  std::shared_ptr<const Registry> load(const Json& catalog) const;
  std::string where() const { return path_.string(); }

 private:
  std::filesystem::path path_;
  Json document_;
  std::string category_;
  mutable std::map<std::string, std::shared_ptr<const Registry>> registries_;
};

/// Can this category be run?
bool is_known(const std::string& category);

/// Runs one case and compares with what the library did.
Outcome run_case(const VectorFile& file, const Json& test);

/// `quirk`, `bigint`: vectors README.
bool has_tag(const Json& test, const char* tag);

/// A file, or the files of vectors in a folder, by name; documents of another format in a folder are left
/// out. Throws Error (bad_request) if there is none.
std::vector<std::shared_ptr<const VectorFile>> vector_files(const std::filesystem::path& path);

// Inside the interpreter.

/// What a case did: a member of `expect` each, in the order of the expectation's members.
using Runner = Json (*)(const VectorFile& file, const Json& test);

Json run_field(const VectorFile& file, const Json& test);
Json run_roundtrip(const VectorFile& file, const Json& test);
Json run_backport(const VectorFile& file, const Json& test);
Json run_manifest(const VectorFile& file, const Json& test);
Json run_registry(const VectorFile& file, const Json& test);
Json run_fingerprint(const VectorFile& file, const Json& test);
Json run_changes(const VectorFile& file, const Json& test);
Json run_serializer(const VectorFile& file, const Json& test);
Json run_remotable(const VectorFile& file, const Json& test);
Json run_project_fingerprint(const VectorFile& file, const Json& test);

/// Cases of a file of format ovo-fingerprints/1.
Json project_cases(const JsonAt& document);
/// The category's name: "fingerprints-cinder".
std::string project_category(const JsonAt& document);

/// Would the library have warned (FutureWarning: a text that is no UUID) when this was built?
bool warns(const Object& object);
/// The same for a value with objects in it, and for what a field has just stored; an object in it was built
/// before.
bool warns(const Value& value);
bool warns(const Field& field, const Value& value, bool inside_objects = false);

/// {"error": {type, message, kwargs}}
Json error_json(const ObjectError& error);

/// Empty if `actual` is what `expected` says, else the first difference with its path. Member order does not
/// matter, number types do; an error matches by type or any of its bases; members that `expected` does not
/// have are ignored at the top only.
std::string difference(const Json& expected, const Json& actual);

}  // namespace caravan::conformance

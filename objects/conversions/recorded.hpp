// Conversions that real code made, read from a file: docs/checks.md, "Lint". What was not recorded
// is unknown, never wrong.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "objects/conversions/conversions.hpp"

namespace caravan {

struct Catalog;

/// One line of a recording.
struct RecordedConversion {
  std::string object;
  Version from, target;
  bool forward = false;
  std::string sample;  ///< its name, for people
  Json input;          ///< a primitive of `object` at `from`
  Json output;         ///< kind primitive
  Conversion::Kind kind = Conversion::Kind::primitive;
  std::string error;               ///< refused, crashed
  Conversions::Versions manifest;  ///< of the reader; empty: the recorder had none, and it answers for any
};

/// Answers what was recorded of the same input, target and manifest, whatever the order of keys; anything
/// else is unknown.
class RecordedConversions final : public Conversions {
 public:
  /// `prefix`: what keys of primitives begin with ("versioned_object").
  RecordedConversions(std::vector<RecordedConversion> records, std::string prefix);

  Conversion backport(const Json& primitive, const Version& target, const Versions& manifest) const override;
  Conversion forward(const Json& primitive, const Version& target, const Versions& manifest) const override;
  const std::vector<RecordedConversion>* recorded() const override { return &records_; }

 private:
  using Key = std::pair<bool, std::string>;  ///< forward; target and input, as stable text
  const RecordedConversion* find(bool forward, const Json& primitive, const Version& target,
                                 const Versions& manifest) const;
  Key key_of(bool forward, const Json& primitive, const Version& target) const;

  std::string prefix_;
  std::vector<RecordedConversion> records_;
  std::map<Key, std::vector<std::size_t>> places_;  ///< in `records_`
};

/// Equal primitives, equal text: keys sorted at every level, the order of `changes` without meaning.
std::string stable_text(const Json& primitive, const std::string& prefix);
/// The objects that a primitive holds, itself included, each with the versions that it has there. `prefix` as
/// above.
std::map<std::string, std::set<std::string>> held_versions(const Json& primitive, const std::string& prefix);

/// A file of the format caravan-conversions/1. Objects, versions and primitives are checked against the
/// catalog. Throws Error (bad_request) with file:line:column.
std::vector<RecordedConversion> load_conversions_text(std::string_view text, const std::string& where,
                                                      const Catalog& catalog);
std::vector<RecordedConversion> load_conversions(const std::filesystem::path& file, const Catalog& catalog);
/// The document of such a file.
Json to_json(const std::vector<RecordedConversion>& records);

}  // namespace caravan

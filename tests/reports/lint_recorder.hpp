// A recording of declared rules: what a project's recorder writes down, made without one.
#pragma once

#include <vector>

#include "objects/conversions/declared.hpp"
#include "objects/conversions/recorded.hpp"
#include "reports/lint/lint.hpp"

namespace caravan::lint::shelf {

/// Writes down every answer of other conversions.
class Recorder final : public Conversions {
 public:
  explicit Recorder(const Conversions& code) : code_(code) {}
  Conversion backport(const Json& primitive, const Version& target, const Versions& manifest) const override {
    auto result = code_.backport(primitive, target, manifest);
    add(false, primitive, target, manifest, result);
    return result;
  }
  Conversion forward(const Json& primitive, const Version& target, const Versions& manifest) const override {
    auto result = code_.forward(primitive, target, manifest);
    add(true, primitive, target, manifest, result);
    return result;
  }
  std::vector<RecordedConversion> records() const { return records_; }

 private:
  void add(bool forward, const Json& primitive, const Version& target, const Versions& manifest,
           const Conversion& result) const {
    RecordedConversion record;
    record.object = primitive.at("versioned_object.name").get<std::string>();
    record.from = Version(primitive.at("versioned_object.version").get<std::string>());
    record.target = target;
    record.forward = forward;
    record.manifest = manifest;
    record.input = primitive;
    record.output = result.primitive;
    record.kind = result.kind;
    record.error = result.error;
    records_.push_back(record);
  }
  const Conversions& code_;
  mutable std::vector<RecordedConversion> records_;
};

inline std::vector<RecordedConversion> recording(const Catalog& catalog) {
  const DeclaredConversions code(catalog);
  const Recorder recorder(code);
  lint::lint(catalog, {}, recorder);
  return recorder.records();
}

}  // namespace caravan::lint::shelf

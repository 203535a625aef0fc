// Cases about fingerprints: the text that is hashed, and the hash.
#include "objects/fingerprint.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {

Json run_fingerprint(const VectorFile& file, const Json& test) {
  const auto registry = file.registry(test.at("catalog").get<std::string>());
  const auto type = registry->newest(test.at("class").get<std::string>());
  std::vector<Value> extra;
  if (test.contains("extra_data")) {
    for (const Json& value : test.at("extra_data")) extra.push_back(decode(value));
  }
  return Json{{"fingerprint", fingerprint(*type, extra)}, {"text", fingerprint_text(*type, extra)}};
}

}  // namespace caravan::conformance

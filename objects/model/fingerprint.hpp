// OVO's fingerprint of a class: which fields, defaults and remotable methods a version promises.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objects/model/value.hpp"

namespace caravan {

/// The text that is hashed: Python's repr of a tuple (ovo-semantics 11). `extra` are appended to the tuple.
std::string fingerprint_text(const Class& type, const std::vector<Value>& extra = {});

/// "1.5-<md5 of the text>"
std::string fingerprint(const Class& type, const std::vector<Value>& extra = {});

// For a class that is known only by a dump of what is hashed (another project's fingerprints).

/// Texts as the library makes them, in any order: what is hashed is sorted by name.
struct FingerprintParts {
  using Named = std::vector<std::pair<std::string, std::string>>;
  Named fields;                         ///< name, field_spec()
  Named methods;                        ///< name, method_spec(); remotable ones only
  std::optional<Named> child_versions;  ///< list classes: own version, child version; may be empty
};
/// As fingerprint_text of a class.
std::string fingerprint_text(FingerprintParts parts, const std::vector<Value>& extra = {});
/// "VERSION-<md5 of the text>". Throws Error (machine_failed) if this OpenSSL has no MD5.
std::string fingerprint_of(const std::string& version, const std::string& text);

/// `Type(default=D,nullable=N)`; texts are Python's. Without a default it is unspecified.
std::string field_spec(const std::string& type, const std::optional<std::string>& default_text, bool nullable,
                       const std::optional<std::string>& valid_values = std::nullopt);

/// The signature of a method, as Python's inspect gives it.
struct MethodSpec {
  std::vector<std::string> args, kwonly;
  std::optional<std::string> varargs, keywords;
  std::string defaults = "None", kwonly_defaults = "None", annotations = "{}";  ///< Python's repr
  bool full = false;  ///< FullArgSpec: there are keyword-only arguments or annotations
};
/// "ArgSpec(...)", or "FullArgSpec(...)" of a full one, as its repr.
std::string method_spec(const MethodSpec& method);

}  // namespace caravan

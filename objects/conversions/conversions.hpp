// What a project's code makes of a primitive on its way to an older peer, or from one. Lint asks through this
// and does not care whether declared rules run (objects/conversions/declared.hpp) or a recording of
// real code answers (objects/conversions/recorded.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/base/version.hpp"

namespace caravan {

struct Catalog;
struct RecordedConversion;

/// What became of one primitive.
struct Conversion {
  enum class Kind {
    primitive,  ///< `primitive` holds the result
    refused,    ///< on purpose: ObjectActionError of obj_make_compatible, InvalidTargetVersion, ...
    crashed,    ///< any other error: the code stumbled
    unknown     ///< not recorded
  };
  Kind kind = Kind::unknown;
  Json primitive;
  std::string error;  ///< refused, crashed: "ObjectActionError: ..."
};

/// Some code's conversions. Asking never fails: what the code throws is a Conversion, refused or crashed.
class Conversions {
 public:
  using Versions = std::map<std::string, Version>;  ///< object -> version, as in Release::manifest

  virtual ~Conversions() = default;

  /// obj_to_primitive(target, version_manifest) of the object that `primitive` holds (ovo-semantics 8), at
  /// its own version. `primitive` is never changed.
  virtual Conversion backport(const Json& primitive, const Version& target,
                              const Versions& manifest) const = 0;
  /// What a node that knows `target`, and its children as `manifest` says, makes of an older primitive before
  /// it reads it (docs/objects.md, "forward").
  virtual Conversion forward(const Json& primitive, const Version& target,
                             const Versions& manifest) const = 0;
  /// A recording: nothing else can be asked for. Null: anything can, so the asker makes its own samples.
  virtual const std::vector<RecordedConversion>* recorded() const { return nullptr; }
  /// The catalog whose rules run, where there is one: findings are explained and fixed by it, never judged.
  virtual const Catalog* declared() const { return nullptr; }
};

}  // namespace caravan

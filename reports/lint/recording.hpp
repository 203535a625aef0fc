// What a recording holds of each object: the samples that each release sends, and what they leave out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "objects/conversions/recorded.hpp"
#include "reports/lint/samples.hpp"

namespace caravan::lint {

/// Something that the samples on a way from one version to another must show: a field that is set, a value
/// that the other version takes otherwise, a child that its reader knows at another version.
struct Mark {
  std::string field;   ///< with the path in it; empty: the object itself
  std::string what;    ///< empty: that it is set; "as null", "as \"steel\"", "with Kid 1.1"
  std::string reader;  ///< of a child: "Kid 1.0"; empty: the recorder named no manifest
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

/// A mark that no recorded sample shows, and one of lint's own samples that does.
struct Unmarked {
  Mark mark;
  Json sample;
};

/// Reads all records when it is made. `promise` must outlive it.
class Recording {
 public:
  /// `records` must outlive it.
  Recording(const Promises& promise, const std::vector<RecordedConversion>& records);

  /// Recorded inputs that this speaker sends: of its version, and their children of its manifest. Each once.
  std::vector<Sample> samples(const LintObject& object, const Speaker& speaker) const;
  /// What belongs to no pair of releases: no release sends the input, or none reads so.
  std::vector<const RecordedConversion*> strays(const LintObject& object) const;
  /// Whether any conversion from version to version was recorded, by itself or within another object.
  bool has(const LintObject& object, std::size_t from, std::size_t to) const;
  /// What samples on the way from `writer` to `reader` must show, and none that was recorded does. `wanted`:
  /// lint's own samples of that writer.
  std::vector<Unmarked> unmarked(const LintObject& object, const Speaker& writer, const Speaker& reader,
                                 const std::vector<Sample>& wanted) const;
  /// Objects and versions within inputs that the catalog does not have: "Kid 1.2", by the object around them.
  const std::map<std::string, std::set<std::string>>& strangers() const { return strangers_; }

  /// The objects within a primitive, itself included.
  using Held = std::vector<std::pair<const LintObject*, std::size_t>>;
  Held held(const Json& primitive) const;

 private:
  using Marks = std::set<Mark>;
  using Way = std::tuple<std::string, std::size_t, std::size_t>;  ///< object, from version to version

  void show(const RecordedConversion& record, const Json& value);
  static bool sends(const Speaker& speaker, const Held& inside);
  /// `manifest`: the reader's; empty: unknown.
  Marks marks(const LintObject& object, std::size_t from, std::size_t to,
              const Conversions::Versions& manifest, const Json& data) const;
  void value_marks(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
                   const Json& value, Marks& out) const;
  void child_marks(const std::string& path, const Conversions::Versions& manifest, const Json& value,
                   Marks& out) const;

  const Promises& promise_;
  const std::vector<RecordedConversion>& records_;
  std::map<std::pair<std::string, std::size_t>, std::vector<Sample>> own_;  ///< inputs, each once
  std::map<Way, Marks> shown_;                                              ///< by these and by nested ones
  std::map<std::string, std::set<std::string>> strangers_;
};

/// Whether what `writer` sends may be asked for by `reader`: neither it nor a child is newer there.
bool may_write_to(const Speaker& writer, const Speaker& reader);

}  // namespace caravan::lint

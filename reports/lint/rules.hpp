// The declared rules of an object, to explain a fault by and to fix it. What is at fault is never decided by
// them.
#pragma once

#include <string>
#include <vector>

#include "reports/lint/lint.hpp"
#include "reports/lint/promise.hpp"

namespace caravan::lint {

/// All rules of an object: those of a class file, or of every class that lists them.
std::vector<Rule> rules_of(const LintObject& object, bool forward);

/// Writes an RFC 6902 patch: of the class file where the object has a history, else of the one document.
class Editor {
 public:
  Editor(const Promises& promise, const LintObject& object);

  /// Where it belongs: backport rules newest step first, forward rules oldest first.
  void insert(bool forward, const Json& rule);
  void remove(bool forward, const Json& rule);
  void replace(bool forward, const Json& rule, const Json& fresh);
  /// A member of a rule.
  void set(bool forward, const Json& rule, const std::string& member, const Json& value);
  void unset(bool forward, const Json& rule, const std::string& member);
  /// Backport rules of the one document, newest step first (a class file is in order).
  void sort();
  /// `super` of all versions.
  void inherit();
  /// Adds to a list of a field's contract ("limits", "seen_as", "forward"), newest step first. Class file
  /// only.
  void promise_more(const std::string& field, const std::string& list, const Json& entry);
  void promise(const std::string& field, const std::string& member, const Json& value);
  /// Anything else of the class file.
  void edit(const char* op, const std::string& pointer, const Json& value);

  bool is_file() const { return object_.history != nullptr; }  ///< whether the object has a class file
  /// All edits so far as one suggestion for that file, or for the one document.
  Suggestion done(std::string text) const;

 private:
  struct List {
    std::string pointer;  ///< "/backport"
    std::string holder;   ///< what must be made first: "/classes/3/compat", or empty
    Version version;      ///< of its class; class file: the newest
    bool forward = false, there = false;
    std::vector<Json> rules;
  };
  template <class Edit>
  void each(bool forward, const Json& rule, Edit edit);

  const LintObject& object_;
  std::vector<List> lists_;
  std::vector<std::string> supers_;  ///< pointers of `super` members
  Json patch_ = Json::array();
};

}  // namespace caravan::lint

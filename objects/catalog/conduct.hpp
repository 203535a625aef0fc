// How the rows of a class live, as data: their status and what it means, who works on them, who may hold
// their secrets; and how the clients of a plan use the class. The judge, the planner and the harness go by
// this and name no class of any project.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objects/base/json.hpp"

namespace caravan {

/// The status of a row: where it is kept and what changes it.
struct LifeSpec {
  std::string field;                     ///< that holds the status
  std::string key;                       ///< of a Json field; empty: the field itself is the status
  std::vector<std::string> transitions;  ///< the tables of steps: Transition::life
  std::string states;                    ///< the releases' enum that has all of them; may be empty
  std::vector<std::string> rests;        ///< in these nothing more happens by itself
  std::string deleting;  ///< a delete sets this, and an engine takes the row away; empty: it goes at once
  std::vector<std::string> fails_in;  ///< these say that the work failed, or is being undone
  /// Methods of a client whose work the api hands to an engine -> the method that it casts; empty in the cut
  /// for a release whose engines do not have it.
  std::map<std::string, std::string> casts;
  std::map<std::string, std::string> carries;  ///< client's field -> argument of that cast that it travels in
  /// Method of a client -> the only states in which it is taken.
  std::map<std::string, std::vector<std::string>> accepted_in;

  std::string path() const { return key.empty() ? field : field + "." + key; }  ///< "info.status"
  /// Whether it is among `transitions`, `rests`, `fails_in` or `casts`.
  bool is_moved_by(const std::string& table) const;  ///< of transitions
  bool rests_in(const std::string& status) const;
  bool failed_in(const std::string& status) const;
  bool is_cast(const std::string& method) const;
  /// The engine's method; empty: the method is not cast, or it is not said which one is.
  const std::string& cast_for(const std::string& method) const;
  /// Whether the client's method is taken in this state.
  bool takes(const std::string& method, const std::string& status) const;
};

/// What an api puts into a field of a run in addition to the client's values, in releases that have the hook.
struct RunExtra {
  std::string field, hook;
  Json value;  ///< an object: its members are added
};

/// Rows that the method `run` makes: each is a run of another class's row.
struct RunOf {
  std::string of, on;        ///< foreign keys: what is run, and where (may be NULL)
  std::string waits, until;  ///< it stays in `waits` while the row of `on` is not in the state `until`
  std::vector<std::string> starts_from;
  std::string starts_in;  ///< from one of `starts_from` into this: it was started, which happens once
  std::vector<std::string> given;  ///< fields that an engine sets once
  std::vector<RunExtra> adds;
};

/// Who besides conductors may hold the secrets of a class, and why.
struct Holder {
  std::string role;
  bool always = false;  ///< false: only in the answer to its own question
  std::string why;
};

/// A database migration that turns `where` being true into `set` being true.
struct MovedFlag {
  std::string revision, set, where;
};

/// How the rows of a class live. What is absent or empty declares nothing.
struct Conduct {
  std::optional<LifeSpec> life;
  std::optional<RunOf> run;
  std::vector<Holder> holders;
  std::vector<std::string> work;              ///< fields that engines write by themselves; "*": whole rows
  std::vector<std::string> kept;              ///< of `work`: once set, needed as long as the row lives
  std::map<std::string, std::string> counts;  ///< list of children -> own field: how many there are to be
  std::string follows;     ///< foreign key: an edit of the row that it names makes this one anew
  std::string follows_by;  ///< the hook of the releases in which that is so; empty: of none
  std::vector<MovedFlag> moved;

  /// Whether nothing is declared; whether engines write the field by themselves; whether it is among `kept`.
  bool empty() const;
  bool works_on(const std::string& field) const;
  bool keeps(const std::string& field) const;
};

/// What clients of a plan do with a class. It is the planner's alone: in no snapshot.
struct Workload {
  std::vector<std::string> needs;  ///< classes of which the client has a row before it makes one of this
  std::vector<std::pair<std::string, int>> parents;  ///< class of a foreign key, and how often it is set: %
  int cost = 2;                          ///< of a create; the class with the least spent comes next
  std::vector<std::string> never;        ///< fields that no client writes
  std::vector<std::string> not_of_runs;  ///< nor in a row that `run` made
  std::vector<std::string> ended;   ///< set by a create that is not a run: the row looks like one that ended
  std::vector<std::string> once;    ///< only a create writes them
  std::vector<std::string> always;  ///< every create does
  std::map<std::string, int> inside;  ///< lists of children made with the row -> % of their optional fields
  std::string size;  ///< of a row made inside another: the field that says how many children it is to have
  Json values = Json::object();  ///< field -> what is written there: docs/objects.md
  Json longer = Json::object();  ///< field -> a value longer than an older release stores
  Json goes_with =
      Json::object();  ///< field -> what is written along with a value of it that an older one refuses
  /// Of LifeSpec::casts, how to tell that an engine has taken the work up: the row has left the status in
  /// which the api left it, or has one that only an engine gives in doing this.
  std::map<std::string, std::string> left_in;
  std::map<std::string, std::vector<std::string>> taken_in;

  /// Whether a row in that status shows that an engine has taken up what a client's method asked for.
  bool shows_taken_up(const std::string& method, const std::string& status) const;

  /// Whether all is as by default.
  bool empty() const;
};

/// As a document has it: an object with what is declared, and nothing else.
Json to_json(const Conduct& spec);
Json to_json(const Workload& spec);

}  // namespace caravan

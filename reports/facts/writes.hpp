// The writes that conductors were asked for, and which committed change each of them accounts for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/facts/database_history.hpp"
#include "reports/facts/evidence.hpp"
#include "reports/facts/release_model.hpp"

namespace caravan::reports {

/// A field that a write names, with the value that was sent for it.
struct Named {
  const FieldHistory* field = nullptr;
  std::string name;  ///< as the sender calls it
  const Json* sent = nullptr;
};

/// One delivered create, save or destroy of one row; a child inside a create is a separate write.
struct Write {
  int message = -1;   ///< the call
  Event begin = 0;    ///< its delivery
  Event end = never;  ///< its reply was sent; never: it is not known when it takes effect
  enum class Outcome { acknowledged, refused, unknown } outcome = Outcome::unknown;
  std::string action;  ///< create, save, destroy
  const ObjectHistory* object = nullptr;
  std::string row;
  Version version;  ///< stamp of the primitive
  std::string sender, sender_release, receiver, receiver_release;
  std::vector<Named> named;
  int parent = -1;                     ///< child of a create: index of the parent's write
  std::string operation;               ///< client operation at the root, or empty
  std::map<std::string, int> effects;  ///< columns changed on its behalf alone -> how often

  /// Whether it may take effect at that event.
  bool active(Event at) const { return begin <= at && at <= end && outcome != Outcome::refused; }
  /// What it sent for the field; null if it does not name it.
  const Named* names(const FieldHistory* field) const;
};

struct Account {  ///< one committed change and what asked for it
  const RowChange* change = nullptr;
  /// Up to `late` the change is accounted for; from `clobbered` on it should not be there.
  enum class Kind {
    asked,        ///< a write named the field and sent the value
    implied,      ///< defaults of a create, timestamps, mirror of a rename, link to the parent
    consequence,  ///< declared by the history
    migration,    ///< a migration step was under way and the field means the same
    work,         ///< direct access: what engines write by themselves
    late,         ///< an acknowledged write asked for it, but it came after the acknowledgement
    clobbered,    ///< the sender saw this very value and so did not mean to change it
    frame,        ///< a write to the row was under way, but did not name the field
    wrong_value,  ///< a write named the field, but sent another value
    phantom,      ///< nothing asked
    resurrected,  ///< a deleted row came back
  } kind = Kind::phantom;
  int write = -1;  ///< the write that accounts for it, or the one that is to blame
  bool ok() const { return kind <= Kind::late; }  ///< whether it is accounted for
};

/// All references must outlive this. Writes are known by their index in all().
class Writes {
 public:
  Writes(const Evidence& evidence, const ReleaseModel& releases, const DatabaseHistory& database);
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;

  const std::vector<Write>& all() const { return writes_; }
  const std::vector<Account>& accounts() const { return accounts_; }
  /// The account of the change event with this number; null if it is not one.
  const Account* account_of(Event change) const;
  /// How many changes are accounted for by guess: by rows, windows and values, as there is no stamp to go by.
  std::int64_t guessed() const { return guessed_; }
  /// Indices of the writes to a row, by begin.
  const std::vector<int>& of_row(const std::string& object, const std::string& row) const;
  /// The last acknowledged write that named the field, delivered before `at`; -1 if none.
  int last_named(const std::string& object, const std::string& row, const FieldHistory* field, Event at,
                 int but) const;
  /// "the save of engine.1#1 (kilo) delivered at event 17"
  std::string describe(int write) const;

 private:
  void collect();
  void add(const Json& primitive, Write write);
  void collect_operations();  ///< direct access
  void add_fields(const Json& fields, Write write);
  bool is_work(const RowChange& change) const;
  /// None: the change is not of that kind.
  std::optional<Account> account_rebuilt(const RowChange& change) const;
  std::optional<Account> account_followed(const RowChange& change) const;
  /// Whether the stamp of a change lets it be that write's; any write's if there is none, or with direct
  /// access, where clients' operations stand for the writes that their messages led to.
  bool may_be_of(const Write& write, const RowChange& change) const;
  Account account(const RowChange& change);
  Account account_row(const RowChange& change, const ObjectHistory& object);
  Account account_link(const RowChange& change);
  bool implied(const Write& write, const FieldHistory* field, const RowChange& change, Event before) const;
  int consequence(const RowChange& change, int depth) const;
  /// The write that brought it; none: no write under way did.
  std::optional<int> follows(const Consequence& consequence, const RowChange& change, int depth) const;
  std::optional<int> destroyed_by(const ObjectHistory& object, const std::string& row,
                                  const RowChange& change, int depth) const;

  const Evidence& evidence_;
  const ReleaseModel& releases_;
  const DatabaseHistory& database_;
  bool migrates_on_read_ = false;
  std::int64_t guessed_ = 0;
  std::vector<Write> writes_;
  std::vector<Account> accounts_;
  std::map<std::pair<std::string, std::string>, std::vector<int>> by_row_;
  std::map<std::string, Json> marks_;  ///< states that a delete sets, where writes name them
};

/// An object as it travels: {"<prefix>.name": …}.
struct Primitive {
  const Json* json = nullptr;
  std::string name, space, version;
  const Json* data = nullptr;
  const Json* changes = nullptr;  ///< or null
  const Json* field(const std::string& name) const;
  std::string id() const;
};
/// None: the JSON is not a primitive. It points into `json`.
std::optional<Primitive> read_primitive(const Json& json, const std::string& prefix);
/// Id of an item of a list of children: a primitive, a map with an id, or the id itself.
std::string id_of_item(const Json& item, const std::string& prefix);
/// The version of a stamp; none: the text is not one.
std::optional<Version> read_version(const std::string& text);

}  // namespace caravan::reports

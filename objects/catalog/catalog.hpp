// The catalog: what has versions, as data. Plain structs; objects/loader/loader.hpp reads them from files.
// Classes are what OVO would have as Python classes, one entry a version. Histories, releases, contracts
// and life cycles are what Caravan adds to judge an upgrade.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/base/version.hpp"
#include "objects/catalog/conduct.hpp"

namespace caravan {

struct FieldSpec;

/// OVO field type (ovo-semantics section 3), plus `Json`: any JSON value, unchanged on the wire.
struct FieldType {
  std::string name;                          ///< "String", "Enum", "ListOfObjects", "Json", ...
  bool tzinfo_aware = true;                  ///< DateTime
  Json values;                               ///< Enum, ListOfEnum, StateMachine: the legal values, an array
  Json transitions;                          ///< StateMachine: state -> allowed next states
  std::shared_ptr<const FieldSpec> element;  ///< List, Dict, Set
  std::string object;                        ///< Object, ListOfObjects: class name
  bool subclasses = false;                   ///< Object, ListOfObjects
};

/// The column that holds a field.
struct ColumnSpec {
  std::string sql;  ///< as in the history: "VARCHAR(80)", "TEXT", "TEXT (JSON)", "BOOLEAN", "BIGINT", ...
  bool nullable = true;
  bool primary_key = false;
  std::optional<int> length;                                      ///< characters
  std::optional<std::pair<std::string, std::string>> references;  ///< table, column
  std::string json;  ///< Json columns: "dict" or "list", what code puts there
};

/// A field of a class at one version, as declared.
struct FieldSpec {
  std::string name;
  FieldType type;
  bool nullable = false;
  bool read_only = false;
  std::optional<Json> default_value;  ///< encoded value (vectors README, EV); may be null
  // Caravan's own:
  std::optional<ColumnSpec> column;    ///< absent for to-many children
  std::optional<Json> create_default;  ///< what the conductor stores when a create does not name the field
  bool deferred = false;               ///< loaded lazily only: in no get and no list
};

/// One step of a conversion. `args` is the whole rule as written, for the members that only some ops have.
struct Rule {
  Version below;      ///< applies when the target (backport) or source (forward) version is below this one
  std::string op;     ///< remove rename copy map_value cast set_default set require_in reject_if_set
                      ///< drop_keys join first truncate clamp fold (vectors README), and Caravan's own:
                      ///< reject_value (values), reject_longer (length), strip_zone
  std::string field;  ///< a field, "field.key" into a Json field, or "field:scheme" of a URL;
                      ///< `from` of rename and copy, `into` of fold
  Json args;
};

/// What a class overrides obj_make_compatible with. `super` says when the parent's conversion runs: before
/// the rules, after them or not at all.
struct Compat {
  std::string super = "first";  ///< first, last, none
  std::vector<Rule> rules;      ///< in the order they are applied
};

/// One version of a class, as declared: without what parents and mixins bring (Class::spec has that, too).
struct ClassSpec {
  std::string name;
  Version version;
  std::string label;
  std::string parent;  ///< "Name@version" or empty
  std::vector<std::string> mixins;
  std::vector<FieldSpec> fields;
  std::map<std::string, std::vector<std::pair<Version, Version>>> relationships;
  std::optional<std::vector<std::pair<Version, Version>>> child_versions;
  Json extra_fields = Json::array();
  Json lazy = Json::object();
  std::optional<Compat> compat;
  Json methods = Json::array();
  bool registered = true;
  // Caravan's own:
  std::vector<Rule> forward;  ///< applied before from_primitive when an older primitive enters; oldest first
  std::string table;
  std::vector<std::vector<std::string>> unique;

  /// Null if it declares none of that name.
  const FieldSpec* field(std::string_view called) const;
};

/// What all may rely on about one field, whatever the conversions do. The judge goes by this alone.
struct Contract {
  std::string field;             ///< newest name
  std::optional<Version> since;  ///< first version that has it; absent: always
  std::optional<Version> until;  ///< first version that no longer has it (JobExecution.progress: 1.2)
  std::optional<std::pair<std::string, Version>> was_called;  ///< older name, for versions below
  std::optional<Json> absent_means;   ///< the value that an absent or NULL one stands for, where it is used
  std::optional<Version> lost_below;  ///< declared loss: a primitive below this version cannot carry it
  struct SeenAs {                     ///< below `below`, the value at `path` is read as another one
    Version below;
    std::string path;  ///< "", "status" (key of a Json field) or ":scheme"
    Json value, as;
  };
  std::vector<SeenAs> seen_as;  ///< newest first
  struct Limit {                ///< what a version below cannot carry
    Version below;
    std::string path;
    std::vector<Json> values;   ///< refused values
    std::optional<int> length;  ///< characters
    bool cut = false;           ///< true: cut to `length` (declared loss); false: the object is refused
  };
  std::vector<Limit> limits;
  std::vector<SeenAs> forward;  ///< values that only versions below had, and what they mean now
  /// Where a secret sits: "" the whole value, else key paths into a Json field ("actions[].conf": of every
  /// element). Empty vector: none.
  std::vector<std::string> secret;
  std::map<std::string, Version> secret_since;  ///< secret paths that came later than the field
  bool rest_shown = false;                      ///< clients see it all the same
  struct Legal {  ///< closed set of the value at `path`, from version `since` on
    Version since;
    std::string path;
    std::vector<Json> values;  ///< what that version itself writes
    std::vector<Json> passes;  ///< newer values that travel to it as they are, and are lawful
  };
  std::vector<Legal> legal;  ///< oldest first; at a version the last entry with since <= version holds
  std::string note;          ///< for people: what data cannot say
};

/// An older peer must not be given the work when this holds ("refuse_act_when" of the history).
struct Refusal {
  Version below;
  std::string field;
  struct Condition {
    std::string field, op;
    Json value;
  };                              ///< op: set, true, non_empty, greater, any_required
  std::vector<Condition> when;    ///< all must hold
  std::vector<std::string> acts;  ///< "engine", "update", "delete", "run"
  std::string why;
};

/// What holds for a class through all of its versions.
struct ClassHistory {
  std::string name;
  std::string table;
  bool core = true;                                       ///< one of the blueprint's 13
  std::vector<std::pair<Version, std::string>> versions;  ///< version, first release; oldest first
  std::map<std::string, std::string> children;            ///< to-many field -> class
  std::map<std::string, std::string> child_key;    ///< to-many field -> column of the child that points here;
                                                   ///< or "table.parent_column.child_column" for many-to-many
  std::map<std::string, std::string> child_order;  ///< to-many field -> field of the child that orders it
  std::vector<Contract> contracts;                 ///< every field there ever was, in field order
  std::vector<Refusal> refusals;
  Conduct conduct;
  Workload load;

  /// Null if its rows have none; points into `conduct`.
  const LifeSpec* life() const { return conduct.life ? &*conduct.life : nullptr; }
};

/// One argument of a method. Where objects do not travel, an object's id stands in its place.
struct RpcArg {
  std::string name;
  std::string object;                 ///< class of an object argument, or empty for a plain value
  std::optional<Json> default_value;  ///< absent: required
  std::optional<Version> since;       ///< RPC version that brought it, when later than the method's
};

/// One method of a topic, and what it takes.
struct RpcMethod {
  std::string name;
  bool call = false;  ///< call waits for a reply, cast does not
  Version since;      ///< lowest RPC version that has it in this form
  std::vector<RpcArg> args;
};

struct RpcInterface {  ///< what one topic understands
  std::string topic;   ///< "conductor", "engine"
  Version version;
  std::vector<RpcMethod> methods;
};

/// One step that a row's status may take.
struct Transition {
  std::string life;  ///< cluster_create, cluster_scale, cluster_delete, job_execution: LifeSpec::transitions
  std::string from, to, who;  ///< one state each ("*" any, "(no row)"); the history's words
  std::string since, until;   ///< first release that has it, first that no longer has it; may be empty
};

/// What a write brings with it by declaration: child rows that go, columns that are nulled. No loss for the
/// judge.
struct Consequence {
  std::string on_object, on_action;         ///< "Cluster", destroy or save
  std::vector<Refusal::Condition> on_when;  ///< on the row that was written, after the write; all must hold
  std::string object;                    ///< class of the rows affected; empty: rows of an association table
  std::string key;                       ///< their column that holds the id; "table.column" for associations
  std::vector<Refusal::Condition> when;  ///< on each affected row; op also: null
  std::string effect;                    ///< destroy (its own consequences follow) or set
  Json value;  ///< set: field or "field.key" -> value; {"$now": true} is the instant
  std::string why;
};

/// Something that a release's code does and no version shows. It is written in
/// nodes/sahara/release_hooks.hpp.
struct Hook {
  std::string name;
  std::string why;
};

/// What the services of a release know, speak and do.
struct Release {
  std::string name;   ///< "kilo"
  std::string title;  ///< "Kilo"
  int index = 0;      ///< position in the order of releases
  std::map<std::string, Version> manifest;
  std::vector<RpcInterface> rpc;  ///< empty: no RPC (icehouse), cannot run
  std::string database_revision;
  std::string engine_version;           ///< "heat.1.2"
  std::vector<std::string> behaviours;  ///< what no version shows (notes.meaning_without_version)
  std::vector<Hook> hooks;              ///< the same for programs: what nodes of this release do
  std::map<std::string, std::vector<std::string>> enums;

  /// Whether `hooks` names it.
  bool does(const std::string& hook) const;
  /// What the topic understands; null if there is none. As long as the catalog.
  const RpcInterface* interface(std::string_view topic) const;
  /// Null if the release has no such method on that topic.
  const RpcMethod* method(std::string_view topic, std::string_view called) const;
};

/// One step of a database migration, as the real one says it.
struct SchemaOperation {
  std::string op;        ///< create_table, add_column, drop_column, alter_column, execute
  std::string table;     ///< of every op
  std::string column;    ///< add_column, drop_column, alter_column
  std::string new_name;  ///< alter_column: empty where the name stays
  std::optional<ColumnSpec>
      type;  ///< add_column; alter_column: only where the type changes, and its sql alone counts
  std::vector<std::pair<std::string, ColumnSpec>> columns;  ///< create_table
  std::vector<std::vector<std::string>> unique;             ///< create_table
  Json set, where;  ///< execute: rows whose columns equal `where` get the values of `set`; objects
};

/// One revision of the schema, as it was released.
struct Migration {
  std::string revision;  ///< "027"; a later one is greater as text
  std::string release;   ///< first release that has it
  std::vector<SchemaOperation> operations;
};

/// All that has versions, or the part of it that a node gets. Plain data. Its look-ups are linear, and what
/// they point at is valid until the catalog is changed or gone.
struct Catalog {
  std::string base_name = "VersionedObject";
  std::string serial_namespace = "versioned_object";
  std::string project_namespace = "versionedobjects";
  std::vector<ClassSpec> classes;       ///< in registration order
  std::vector<ClassHistory> histories;  ///< ours only, in the order of the blueprint
  std::vector<Release> releases;        ///< oldest first; ours only
  std::vector<Transition> transitions;
  std::vector<Consequence> consequences;
  std::vector<Migration> migrations;  ///< oldest first; never in a snapshot: nodes do not migrate
  bool row_stamps = false;            ///< every object's table has the column object_version

  /// By name; null if there is none.
  const Release* release(const std::string& name) const;
  const ClassHistory* history(const std::string& name) const;
  /// Throws bad_request at `where` for an unknown release, with the nearest name; `what` comes before the
  /// message.
  const Release& require_release(const std::string& name, const std::string& where = {},
                                 const std::string& what = {}) const;
  /// The life cycle of a class; null if it has none.
  const LifeSpec* life(const std::string& object) const;
  /// The class whose life hands `method` to engines; null if there is none.
  const ClassHistory* acted_on_by(const std::string& method) const;
  /// The class whose rows say how many of `object` are to be in their list; null if there is none.
  const ClassHistory* counting(const std::string& object) const;
  /// The class that a foreign key points at; empty if the field is not one.
  std::string class_of(const FieldSpec& key) const;
  std::string class_of(const std::string& object, const std::string& key) const;
  /// Exactly that version; null if there is none.
  const ClassSpec* find(const std::string& name, const Version& version) const;
  /// By the field's newest name, or else by its older one; null if there is none.
  const Contract* contract(const std::string& object, const std::string& field) const;
};

/// What a node of `release` gets, and nothing else: classes up to the release's manifest, histories and
/// contracts cut to those versions, the one release, no migrations. Throws bad_request for an unknown release
/// (with the nearest name).
Catalog snapshot(const Catalog& catalog, const std::string& release);

/// Catalog in Caravan's own format; load_catalog(to_json(c)) == c. Stable: equal catalogs give equal text.
Json to_json(const Catalog& catalog);

/// First 16 hex digits of SHA-256 over the stable text.
std::string digest(const Catalog& catalog);

}  // namespace caravan

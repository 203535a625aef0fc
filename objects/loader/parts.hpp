// Reading the parts of a catalog, shared by its forms of document. Only the files of this folder use this.
#pragma once

#include <string>
#include <vector>

#include "objects/base/json_at.hpp"
#include "objects/catalog/catalog.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::catalog_parts {

// catalog_classes.cpp: what the vectors' catalogs have too.
FieldType read_type(const JsonAt& at);
ClassSpec read_class(const JsonAt& at);
std::vector<Rule> read_rules(const JsonAt& at);
std::vector<std::pair<Version, Version>> read_version_pairs(const JsonAt& at);
std::vector<std::vector<std::string>> read_unique(const JsonAt& at);
const std::vector<std::string>& field_types();
/// Every name that a rule reads must be one of `fields`; `rules` was read from `at`. With `may_add`, set and
/// set_default may bring a key that no class has: OVO lets a conversion add what it likes.
void check_rule_fields(const std::vector<Rule>& rules, const JsonAt& at,
                       const std::vector<std::string>& fields, const std::string& object, bool may_add);
/// Parents are earlier classes, no cycles; unless `recorded` no class twice and rules name fields. `at` is
/// the list of classes.
void check_classes(const std::vector<ClassSpec>& classes, const JsonAt& at, bool recorded = false);

// catalog_histories.cpp: what Caravan adds.
std::vector<Contract> read_contracts(const JsonAt& at);
std::vector<Refusal> read_refusals(const JsonAt& at);
ClassHistory read_history(const JsonAt& at);
/// The members "conduct" and "load" of a class, both optional; every field that they name is among `fields`.
void read_conduct(const JsonAt& at, ClassHistory& history, const std::vector<std::string>& fields);
std::vector<Transition> read_transitions(const JsonAt& at);
std::vector<Consequence> read_consequences(const JsonAt& at);
/// What these two members name is there: tables of transitions and the enum in `catalog`, and `classes`. `at`
/// is the class.
void check_conduct(const ClassHistory& history, const Catalog& catalog,
                   const std::vector<std::string>& classes, const JsonAt& at);
/// Objects and keys of the consequences are known; `at` is what they were read from.
void check_consequences(const Catalog& catalog, const JsonAt& at);
RpcMethod read_method(const JsonAt& at);
Release read_release(const JsonAt& at);

// catalog_migrations.cpp: what database migrations do. The replay must make sense: a table that is altered is
// there.
std::vector<Migration> read_migrations(const JsonAt& at, const std::vector<std::string>& releases);
std::vector<Migration> read_migrations_file(const JsonAt& at, const std::vector<std::string>& releases);
/// Characters of "VARCHAR(80)"; none for another type.
std::optional<int> column_length(const std::string& sql);

// catalog_class_file.cpp: one file a class with all its versions.
struct ClassFile {
  ClassHistory history;
  std::vector<ClassSpec> classes;
};
ClassFile read_class_file(const JsonAt& at);

// catalog_files.cpp: a folder of them with releases.json.
Catalog read_files(const std::vector<NamedText>& files, const std::string& where);

}  // namespace caravan::catalog_parts

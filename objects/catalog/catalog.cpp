// Look-ups in a catalog, and the cut that a node of one release is given.
#include "objects/catalog/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "objects/base/error.hpp"
#include "objects/base/lookup.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/roles.hpp"

namespace caravan {
namespace {

template <class T, class Keep>
void keep_if(std::vector<T>& values, Keep keep) {
  values.erase(std::remove_if(values.begin(), values.end(), [&](const T& value) { return !keep(value); }),
               values.end());
}

template <class Key, class T, class Keep>
void keep_if(std::map<Key, T>& values, Keep keep) {
  for (auto it = values.begin(); it != values.end();) it = keep(*it) ? std::next(it) : values.erase(it);
}

void forget_if_above(std::optional<Version>& version, const Version& newest) {
  if (version && newest < *version) version.reset();
}

void cut_contract(Contract& contract, const Version& newest) {
  if (contract.was_called && newest < contract.was_called->second) {
    contract.field = contract.was_called->first;
    contract.was_called.reset();
  }
  forget_if_above(contract.until, newest);
  forget_if_above(contract.lost_below, newest);
  const auto known = [&](const auto& step) { return step.below <= newest; };
  keep_if(contract.seen_as, known);
  keep_if(contract.limits, known);
  keep_if(contract.forward, known);
  keep_if(contract.legal, [&](const Contract::Legal& legal) { return legal.since <= newest; });
  // A value passes through older versions, but only once there is a version that writes it.
  const auto written = [&](const Json& value) {
    return std::any_of(contract.legal.begin(), contract.legal.end(), [&](const Contract::Legal& legal) {
      return std::find(legal.values.begin(), legal.values.end(), value) != legal.values.end();
    });
  };
  for (Contract::Legal& legal : contract.legal) keep_if(legal.passes, written);
  const auto later = [&](const std::string& path) {
    const auto found = contract.secret_since.find(path);
    return found != contract.secret_since.end() && newest < found->second;
  };
  keep_if(contract.secret, [&](const std::string& path) { return !later(path); });
  keep_if(contract.secret_since, [&](const auto& entry) { return entry.second <= newest; });
}

// What is declared about fields and states goes with them.
void cut_conduct(Conduct& conduct, const ClassSpec& newest, const std::vector<ClassSpec>& all,
                 const Release& release) {
  const auto has_field = [&](const std::string& name) {
    return name == "*" || std::any_of(all.begin(), all.end(), [&](const ClassSpec& spec) {
             return spec.name == newest.name && spec.field(name) != nullptr;
           });
  };
  keep_if(conduct.work, has_field);
  keep_if(conduct.kept, has_field);
  keep_if(conduct.counts, [&](const auto& entry) { return has_field(entry.first); });
  keep_if(conduct.moved, [&](const MovedFlag& flag) { return flag.revision <= release.database_revision; });
  if (!release.does(conduct.follows_by)) conduct.follows_by.clear();
  if (conduct.run) {
    keep_if(conduct.run->given, has_field);
    keep_if(conduct.run->adds,
            [&](const RunExtra& extra) { return has_field(extra.field) && release.does(extra.hook); });
  }
  if (!conduct.life) return;
  const auto states = release.enums.find(conduct.life->states);
  const auto has_state = [&](const std::string& name) {
    return states == release.enums.end() ||
           std::find(states->second.begin(), states->second.end(), name) != states->second.end();
  };
  keep_if(conduct.life->rests, has_state);
  for (auto& [method, cast] : conduct.life->casts)
    if (release.method(name(Role::engine), cast) == nullptr) cast.clear();
  keep_if(conduct.life->carries, [&](const auto& entry) {
    return std::any_of(release.rpc.begin(), release.rpc.end(), [&](const RpcInterface& one) {
      return std::any_of(one.methods.begin(), one.methods.end(), [&](const RpcMethod& method) {
        return std::any_of(method.args.begin(), method.args.end(),
                           [&](const RpcArg& argument) { return argument.name == entry.second; });
      });
    });
  });
  keep_if(conduct.life->fails_in, has_state);
  for (auto& [method, accepted_in] : conduct.life->accepted_in) keep_if(accepted_in, has_state);
  if (!conduct.run) return;
  keep_if(conduct.run->starts_from, has_state);
  if (!has_state(conduct.run->starts_in)) conduct.run->starts_in.clear();
  if (has_state(conduct.run->waits)) return;
  conduct.run->waits.clear();
  conduct.run->until.clear();
}

void cut_history(ClassHistory& history, const Version& newest, const ClassSpec& spec) {
  keep_if(history.versions, [&](const auto& version) { return version.first <= newest; });
  const auto has = [&](const auto& entry) { return spec.field(entry.first) != nullptr; };
  keep_if(history.children, has);
  keep_if(history.child_key, has);
  keep_if(history.child_order, has);
  keep_if(history.contracts,
          [&](const Contract& contract) { return !contract.since || *contract.since <= newest; });
  for (Contract& contract : history.contracts) cut_contract(contract, newest);
  keep_if(history.refusals, [&](const Refusal& refusal) { return refusal.below <= newest; });
}

// "engine, until Pike: rolled back" -> "engine: rolled back": in the cut, every row simply holds.
std::string without_releases(std::string who) {
  for (const char* word : {", from ", ", until "}) {
    const std::size_t at = who.find(word);
    if (at == std::string::npos) continue;
    const std::size_t end = who.find_first_of(",:;", at + 2);
    who.erase(at, end == std::string::npos ? std::string::npos : end - at);
  }
  return who;
}

void cut_transitions(Catalog& catalog, const Catalog& whole) {
  const Release& release = catalog.releases.front();
  const auto before = [&](const std::string& name) {
    const Release* other = whole.release(name);
    if (other == nullptr)
      throw bad_request("catalog", fmt::format("a transition names the unknown release \"{}\"", name));
    return release.index < other->index;
  };
  // A state must be one that the release knows, where it knows the set.
  const auto states_of = [&](const std::string& life) {
    for (const ClassHistory& history : whole.histories) {
      const LifeSpec* known = history.life();
      if (known != nullptr && known->is_moved_by(life)) return known->states;
    }
    return std::string();
  };
  const auto state = [&](const std::string& life, const std::string& name) {
    const auto values = release.enums.find(states_of(life));
    if (values == release.enums.end() || name == "*" || name.rfind('(', 0) == 0) return true;
    return std::find(values->second.begin(), values->second.end(), name) != values->second.end();
  };
  keep_if(catalog.transitions, [&](const Transition& t) {
    return (t.since.empty() || !before(t.since)) && (t.until.empty() || before(t.until)) &&
           state(t.life, t.from) && state(t.life, t.to);
  });
  for (Transition& t : catalog.transitions) {
    t.since.clear();
    t.until.clear();
    t.who = without_releases(t.who);
  }
}

}  // namespace

const FieldSpec* ClassSpec::field(std::string_view called) const { return find_named(fields, called); }

bool Release::does(const std::string& hook) const { return find_named(hooks, hook) != nullptr; }

const RpcInterface* Release::interface(std::string_view topic) const {
  for (const RpcInterface& one : rpc)
    if (one.topic == topic) return &one;
  return nullptr;
}

const RpcMethod* Release::method(std::string_view topic, std::string_view called) const {
  const RpcInterface* known = interface(topic);
  return known != nullptr ? find_named(known->methods, called) : nullptr;
}

const Release* Catalog::release(const std::string& name) const { return find_named(releases, name); }

const ClassHistory* Catalog::history(const std::string& name) const { return find_named(histories, name); }

const Release& Catalog::require_release(const std::string& name, const std::string& where,
                                        const std::string& what) const {
  if (const Release* known = release(name)) return *known;
  throw bad_request(where, fmt::format("{}unknown release \"{}\"", what, name),
                    did_you_mean(name, names_of(releases)));
}

const LifeSpec* Catalog::life(const std::string& object) const {
  const ClassHistory* known = history(object);
  return known == nullptr ? nullptr : known->life();
}

const ClassHistory* Catalog::acted_on_by(const std::string& method) const {
  for (const ClassHistory& one : histories) {
    if (one.life() != nullptr && one.life()->is_cast(method)) return &one;
  }
  return nullptr;
}

std::string Catalog::class_of(const std::string& object, const std::string& key) const {
  for (const ClassSpec& one : classes) {
    if (one.name != object) continue;
    if (const FieldSpec* field = one.field(key)) return class_of(*field);
  }
  return {};
}

const ClassHistory* Catalog::counting(const std::string& object) const {
  for (const ClassHistory& one : histories) {
    for (const auto& [list, field] : one.conduct.counts) {
      if (one.children.at(list) == object) return &one;
    }
  }
  return nullptr;
}

std::string Catalog::class_of(const FieldSpec& key) const {
  if (!key.column || !key.column->references) return {};
  for (const ClassHistory& one : histories) {
    if (one.table == key.column->references->first) return one.name;
  }
  return {};
}

const ClassSpec* Catalog::find(const std::string& name, const Version& version) const {
  for (const ClassSpec& one : classes) {
    if (one.name == name && one.version == version) return &one;
  }
  return nullptr;
}

const Contract* Catalog::contract(const std::string& object, const std::string& field) const {
  const ClassHistory* one = history(object);
  if (one == nullptr) return nullptr;
  for (const Contract& contract : one->contracts) {
    if (contract.field == field) return &contract;
  }
  for (const Contract& contract : one->contracts) {
    if (contract.was_called && contract.was_called->first == field) return &contract;
  }
  return nullptr;
}

Catalog snapshot(const Catalog& catalog, const std::string& release) {
  const Release* const chosen = &catalog.require_release(release);
  Catalog cut;
  cut.base_name = catalog.base_name;
  cut.serial_namespace = catalog.serial_namespace;
  cut.project_namespace = catalog.project_namespace;
  cut.releases = {*chosen};
  cut.row_stamps = catalog.row_stamps;
  const auto newest = [&](const std::string& object) -> const Version* {
    const auto found = chosen->manifest.find(object);
    return found == chosen->manifest.end() ? nullptr : &found->second;
  };
  for (ClassSpec spec : catalog.classes) {
    const Version* version = newest(spec.name);
    if (version == nullptr || *version < spec.version) continue;
    const auto known = [&](const Rule& rule) { return rule.below <= *version; };
    if (spec.compat) keep_if(spec.compat->rules, known);
    keep_if(spec.forward, known);
    for (auto& [field, pairs] : spec.relationships) {
      keep_if(pairs, [&](const auto& pair) { return pair.first <= *version; });
    }
    cut.classes.push_back(std::move(spec));
  }
  for (ClassHistory history : catalog.histories) {
    const Version* version = newest(history.name);
    const ClassSpec* spec = version == nullptr ? nullptr : cut.find(history.name, *version);
    if (spec == nullptr) continue;
    cut_history(history, *version, *spec);
    cut_conduct(history.conduct, *spec, cut.classes, *chosen);
    history.load = {};
    cut.histories.push_back(std::move(history));
  }
  cut.transitions = catalog.transitions;
  cut_transitions(cut, catalog);
  for (const Consequence& consequence : catalog.consequences) {
    const bool known = newest(consequence.on_object) != nullptr &&
                       (consequence.object.empty() || newest(consequence.object) != nullptr);
    if (known) cut.consequences.push_back(consequence);
  }
  return cut;
}

}  // namespace caravan

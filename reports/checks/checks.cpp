// The table of checks, in the order in which ties are broken.
#include "reports/checks/checks.hpp"

#include <algorithm>
#include <cctype>

#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {

// One a file, NAME.cpp.
void check_wire_schema(const RunFacts&, Findings&);
void check_no_data_loss(const RunFacts&, Findings&);
void check_frame(const RunFacts&, Findings&);
void check_rpc_contract(const RunFacts&, Findings&);
void check_liveness(const RunFacts&, Findings&);
void check_exception(const RunFacts&, Findings&);
void check_availability(const RunFacts&, Findings&);
void check_gate(const RunFacts&, Findings&);
void check_session(const RunFacts&, Findings&);
void check_stored_format(const RunFacts&, Findings&);
void check_migration(const RunFacts&, Findings&);
void check_pin(const RunFacts&, Findings&);
void check_secret(const RunFacts&, Findings&);
void check_effect_count(const RunFacts&, Findings&);

namespace {

Reason unless(bool applies, const char* why_not) { return applies ? std::nullopt : Reason(why_not); }

/// Whether the plan has clients do one of these: what has to be refused is nothing that is done.
bool has_method(const RunFacts& c, const std::set<std::string>& methods) {
  const auto& all = c.evidence.operations;
  return std::any_of(all.begin(), all.end(),
                     [&](const ClientOp& op) { return !op.to_be_refused && methods.count(op.method) > 0; });
}
bool asks_anything(const RunFacts& c) { return !c.evidence.operations.empty(); }
bool asks_to_read(const RunFacts& c) { return has_method(c, {"read", "list"}); }
bool asks_to_write(const RunFacts& c) {
  return has_method(c, {"create", "update", "delete", "run", "scale", "cancel", "suspend"});
}
/// A list alone is empty.
bool has_objects(const RunFacts& c) { return asks_to_write(c) || has_method(c, {"read"}); }
bool asks_an_engine(const RunFacts& c) {
  const auto& all = c.evidence.operations;
  return std::any_of(all.begin(), all.end(), [&](const ClientOp& op) {
    const auto* life = c.releases.life(op.object);
    return !op.to_be_refused && life && life->is_cast(op.method);
  });
}
bool has_messages(const RunFacts& c, const std::set<std::string>& kinds) {
  const auto& all = c.evidence.messages;
  return std::any_of(all.begin(), all.end(), [&](const Message& one) { return kinds.count(one.kind) > 0; });
}
bool has_saves(const RunFacts& c) {
  const auto& all = c.writes.all();
  return std::any_of(all.begin(), all.end(), [](const Write& write) { return write.action == "save"; });
}
bool has_migration(const RunFacts& c) {
  const auto& steps = c.evidence.steps;
  return std::any_of(steps.begin(), steps.end(),
                     [](const StepSpan& step) { return step.as<step::Migrate>() != nullptr; });
}
bool expects_refusals(const RunFacts& c) {
  const auto& all = c.evidence.operations;
  const auto& steps = c.evidence.steps;
  return std::any_of(all.begin(), all.end(), [](const ClientOp& op) { return op.to_be_refused; }) ||
         std::any_of(steps.begin(), steps.end(), [](const StepSpan& step) { return step.to_be_refused(); });
}

}  // namespace

const std::vector<Check>& checks() {
  static const std::vector<Check> table = {
      {"wire-schema",
       "every primitive that a receiver accepts is valid for its release and its own stamp, and its values "
       "are what the "
       "contracts make of the stored ones",
       "O1", &check_wire_schema,
       [](const RunFacts& c) {
         return unless(!c.evidence.direct(), "with direct access no object travels, only ids");
       },
       "an operation that an api takes: do: {create: Job}",
       [](const RunFacts& c) {
         return unless(has_objects(c), "no operation of the plan makes or reads a row: no object travels");
       }},
      {"migration",
       "rows left reaches zero, counts and status are honest, a second run changes nothing, a killed one is "
       "finished, "
       "and users see the same values",
       "O12", &check_migration,
       [](const RunFacts& c) { return unless(has_migration(c), "the plan has no migrate step"); },
       "a migration: migrate: expand"},
      {"session",
       "clients read what is stored, their own writes and never backwards; reading changes nothing", "O6",
       &check_session, [](const RunFacts& c) { return unless(asks_to_read(c), "no client reads"); },
       "a read that is answered: do: {read: ROW}"},
      {"no-data-loss",
       "every acknowledged create, field write and delete holds to the end; nothing comes back, nothing "
       "appears by itself",
       "O5", &check_no_data_loss, nullptr, "a write that is acknowledged: do: {create: Job}",
       [](const RunFacts& c) { return unless(asks_to_write(c), "no client writes"); }},
      {"frame",
       "a partial update changes only what it names, also fields that the sender's release does not know",
       "O7", &check_frame, nullptr,
       "an update that is acknowledged: do: {update: ROW, set: {description: x}}",
       [](const RunFacts& c) {
         // What a node with direct access saves by itself names no fields.
         const bool named = has_saves(c) && !c.evidence.direct();
         return unless(has_method(c, {"update"}) || named, "no client updates a row");
       }},
      {"stored-format",
       "stamp and content of each row agree, and every release that opens the database, or may come back to "
       "it, can "
       "read what is there",
       "O8", &check_stored_format, nullptr, "a row: do: {create: Job}"},
      {"rpc-contract",
       "method, arguments and version of every message fit the receiver's and the sender's release", "O9",
       &check_rpc_contract, nullptr, "an operation that is an engine's work: do: {create: Cluster}",
       [](const RunFacts& c) {
         return unless(asks_an_engine(c) || has_messages(c, {"call", "cast", "fanout"}),
                       "no node asks another, and no operation is an engine's work");
       }},
      {"gate",
       "forbidden steps and operations are refused, lawful ones let through, and a refusal changes nothing",
       "O14", &check_gate,
       [](const RunFacts& c) {
         return unless(!c.evidence.direct() || expects_refusals(c),
                       "with direct access there is no gate, and the plan expects no refusal");
       },
       "a node that joins, or what has to be refused"},
      {"pin",
       "no cap is above a node that serves; caps are learned at every start and reload, and lifted when the "
       "last old node is gone",
       "O13", &check_pin,
       [](const RunFacts& c) {
         const auto compat = c.evidence.compat();
         return unless(compat == Compatibility::pin,
                       compat == Compatibility::backport
                           ? "with compat backport only the RPC version is capped, which rpc-contract judges"
                           : "with this compat no node is pinned");
       },
       "two nodes that serve at once, for longer than their heartbeats take"},
      {"effect-count", "an acknowledged operation takes effect exactly once, any other at most once", "O10",
       &check_effect_count, nullptr, "a write that an api takes: do: {create: Job}",
       [](const RunFacts& c) { return unless(asks_to_write(c), "no client writes"); }},
      {"liveness",
       "every request is answered in time, every node gets ready, every life takes lawful steps and comes to "
       "rest",
       "O11", &check_liveness, nullptr, "a node that is started"},
      {"exception", "no unexpected exception, error or exit, in background work too", "O15", &check_exception,
       nullptr, "a node that is started"},
      {"secret",
       "what a client wrote into a secret field is seen only by those who may have it, and is in no log",
       "O16", &check_secret,
       [](const RunFacts& c) {
         return unless(!c.secrets.all().empty(), "no operation writes a secret text of 8 characters or more");
       },
       "a secret that a client writes"},
      {"availability", "no client operation fails except where the contract says so", "O17",
       &check_availability, nullptr, "an operation that is answered: do: {create: Job}",
       [](const RunFacts& c) { return unless(asks_anything(c), "the plan has no operation"); }},
  };
  return table;
}

const std::vector<CheckInfo>& check_table() {
  static const std::vector<CheckInfo> infos = [] {
    std::vector<CheckInfo> out;
    for (const auto& check : checks()) out.push_back(CheckInfo{check.name, check.promise, check.oracle});
    return out;
  }();
  return infos;
}

namespace {

constexpr std::size_t most_witnesses = 20, most_causes = 20;

bool earlier(const Witness& a, const Witness& b) { return a.event < b.event; }

}  // namespace

void Findings::fail(Witness witness) {
  ++result_.failures;
  if (witness.step.empty()) witness.step = facts_.evidence.step_at(witness.event);
  const auto cause = places_.emplace(causes_.of(witness.summary), result_.causes.size());
  const bool new_cause = cause.second && result_.causes.size() < most_causes;
  CommonCause* known =
      cause.second || cause.first->second >= most_causes ? nullptr : &result_.causes[cause.first->second];
  const bool first_of_known = known != nullptr && earlier(witness, known->first);
  const bool kept_as_witness =
      result_.witnesses.size() < most_witnesses || earlier(witness, result_.witnesses.back());
  if (known != nullptr) known->count(witness);
  if (!new_cause && !first_of_known && !kept_as_witness) return;
  if (!facts_.secrets.all().empty()) {
    witness.summary = facts_.secrets.masked(std::move(witness.summary));
    for (auto& sentence : witness.argument) sentence = facts_.secrets.masked(std::move(sentence));
  }
  if (new_cause) result_.causes.emplace_back().count(witness);
  if (first_of_known) known->first = witness;
  auto& kept = result_.witnesses;
  kept.insert(std::upper_bound(kept.begin(), kept.end(), witness, earlier), std::move(witness));
  if (kept.size() > most_witnesses) kept.pop_back();
}

void Findings::undecided(const std::string& why) { result_.undecided.push_back(why); }

void Findings::starved(std::int64_t micros) {
  ++result_.starved;
  result_.taken = std::max(result_.taken, micros);
}

void Findings::note(const std::string& text) {
  if (text.empty()) return;
  if (!result_.note.empty()) result_.note += "; ";
  result_.note += text;
}

namespace {

bool is_word(const std::string& text, std::size_t at, std::size_t length) {
  const auto letter = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
  };
  return (at == 0 || !letter(at - 1)) && !letter(at + length);
}

bool has_word(const std::string& text, const std::string& word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    if (is_word(text, at, word.size())) return true;
  return false;
}

}  // namespace

bool says_too_new(const std::string& words) {
  return words.find("IncompatibleObjectVersion") != std::string::npos ||
         words.find("what came is newer than") != std::string::npos;
}

void name_place(const RunFacts& c, const std::string& words, Witness& witness) {
  for (const auto& object : c.releases.objects()) {
    if (!has_word(words, object.name) && !has_word(words, object.table)) continue;
    const FieldHistory* named = nullptr;
    std::string name;
    for (const auto& field : object.fields)
      for (const auto& word :
           {field.contract->field,
            field.contract->was_called ? field.contract->was_called->first : std::string()})
        if (word.size() > name.size() && word != "id" && has_word(words, word)) {
          named = &field;
          name = word;
        }
    if (!named) continue;
    witness.object = object.name;
    witness.field = named->contract->field;
    return;
  }
}

bool showed(const RunFacts& c, const RowHistory& row, const FieldHistory& field, const Version& version,
            const Json& sent, Event from, Event to) {
  const Json wanted = canonical(*field.spec, sent);
  for (const Event at : c.database.moments(row, field, from, std::min(to, c.evidence.last)))
    if (is_seen_as(*field.contract, c.database.value(row, field, at), version, wanted)) return true;
  return false;
}

std::string shown_as(const RunFacts& c, const RowHistory& row, const FieldHistory& field,
                     const Version& version, Event at) {
  const auto seen = project(*field.contract, c.database.value(row, field, at), version);
  return seen.kind == Projected::Kind::value ? shown(seen.value) : "nothing (" + seen.why + ")";
}

}  // namespace caravan::reports

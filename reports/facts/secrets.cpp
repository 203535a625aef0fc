// Canaries: the secret texts that clients wrote.
#include "reports/facts/secrets.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "objects/base/text.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

constexpr std::size_t shortest = 8;
constexpr const char* struck_out = "(a secret)";

std::uint64_t head_of(const char* text) {
  std::uint64_t head = 0;
  std::memcpy(&head, text, sizeof head);
  return head;
}
std::size_t slot(std::uint64_t head) { return (head * 0x9E3779B97F4A7C15ULL) >> 46U; }  // 18 bits

void texts_in(const Json& json, std::vector<std::string>& out, int depth = 0) {
  if (json.is_string()) out.push_back(json.get<std::string>());
  if (json.is_structured() && depth < 60)
    for (const auto& item : json) texts_in(item, out, depth + 1);
}

/// What is at a path of keys; "actions[].conf" goes through every element.
void parts_at(const Json& value, const std::string& path, std::vector<const Json*>& out) {
  if (path.empty()) {
    out.push_back(&value);
    return;
  }
  const auto dot = std::min(path.find('.'), path.size());
  std::string key = path.substr(0, dot);
  const std::string rest = dot < path.size() ? path.substr(dot + 1) : std::string();
  const bool each = key.size() > 2 && key.compare(key.size() - 2, 2, "[]") == 0;
  if (each) key.resize(key.size() - 2);
  if (!value.is_object()) return;
  const auto found = value.find(key);
  if (found == value.end()) return;
  if (!each) return parts_at(*found, rest, out);
  if (found->is_array())
    for (const auto& item : *found) parts_at(item, rest, out);
}

void erase_at(Json& value, const std::string& path) {
  const auto dot = std::min(path.find('.'), path.size());
  std::string key = path.substr(0, dot);
  const bool each = key.size() > 2 && key.compare(key.size() - 2, 2, "[]") == 0;
  if (each) key.resize(key.size() - 2);
  if (!value.is_object() || !value.contains(key)) return;
  if (dot >= path.size()) {
    value.erase(key);
  } else if (!each) {
    erase_at(value[key], path.substr(dot + 1));
  } else if (value[key].is_array()) {
    for (auto& item : value[key]) erase_at(item, path.substr(dot + 1));
  }
}

/// As `shown` prints it.
std::string escaped(const std::string& text) {
  const std::string quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Json without_secrets(const Contract& contract, Json value) {
  for (const auto& path : contract.secret) {
    if (path.empty()) return {};
    erase_at(value, path);
  }
  return value;
}

Secrets::Secrets(const Evidence& evidence, const ReleaseModel& releases) : releases_(releases) {
  for (const auto& op : evidence.operations)
    if (op.writes_fields()) collect(op.object, op.fields(), op, op.row, 0);
  index();
}

void Secrets::collect(const std::string& object, const Json& fields, const ClientOp& op,
                      const std::string& row, int depth) {
  const auto* known = releases_.object(object);
  if (!known || !fields.is_object() || depth > 5) return;
  for (auto it = fields.begin(); it != fields.end(); ++it) {
    const auto* field = known->by_column(it.key());
    if (!field) field = known->by_name(it.key());
    if (!field) continue;
    if (field->is_children() && it.value().is_array())
      for (const auto& item : it.value()) collect(field->child, item, op, text_at(item, "id"), depth + 1);
    for (const auto& path : field->contract->secret) {
      std::vector<const Json*> parts;
      parts_at(it.value(), path, parts);
      std::vector<std::string> texts;
      for (const auto* part : parts) texts_in(*part, texts);
      const auto later = field->contract->secret_since.find(path);
      std::optional<Version> since;
      if (later != field->contract->secret_since.end()) since = later->second;
      for (const auto& text : texts)
        if (text.size() >= shortest && text::length(text) >= shortest && text != op.id && text != row)
          canaries_.push_back(Canary{text, object, field->contract->field, row, op.id, op.invoked, since});
    }
  }
}

void Secrets::index() {
  std::sort(canaries_.begin(), canaries_.end(), [](const Canary& a, const Canary& b) {
    return a.text != b.text ? a.text < b.text : a.written < b.written;
  });
  canaries_.erase(std::unique(canaries_.begin(), canaries_.end(),
                              [](const Canary& a, const Canary& b) { return a.text == b.text; }),
                  canaries_.end());
  maybe_.assign(std::size_t{1} << 18U, false);
  for (std::size_t i = 0; i < canaries_.size(); ++i) {
    const auto head = head_of(canaries_[i].text.data());
    heads_.emplace_back(head, static_cast<int>(i));
    maybe_[slot(head)] = true;
  }
  std::sort(heads_.begin(), heads_.end());
}

void Secrets::find(const std::string& text, std::vector<const Canary*>& out) const {
  for (std::size_t at = 0; at + shortest <= text.size(); ++at) {
    const auto head = head_of(text.data() + at);
    if (!maybe_[slot(head)]) continue;
    for (auto it = std::lower_bound(heads_.begin(), heads_.end(), std::pair<std::uint64_t, int>(head, 0));
         it != heads_.end() && it->first == head; ++it) {
      const auto& canary = canaries_[static_cast<std::size_t>(it->second)];
      if (text.compare(at, canary.text.size(), canary.text) == 0 &&
          std::find(out.begin(), out.end(), &canary) == out.end())
        out.push_back(&canary);
    }
  }
}

void Secrets::find(const Json& json, std::vector<const Canary*>& out, int depth) const {
  if (json.is_string()) return find(json.get_ref<const std::string&>(), out);
  if (!json.is_structured() || depth > 200) return;
  for (const auto& item : json) find(item, out, depth + 1);
}

std::vector<const Canary*> Secrets::in(const std::string& text) const {
  std::vector<const Canary*> out;
  if (!canaries_.empty()) find(text, out);
  return out;
}
std::vector<const Canary*> Secrets::in(const Json& json) const {
  std::vector<const Canary*> out;
  if (!canaries_.empty()) find(json, out, 0);
  return out;
}

std::string Secrets::masked(std::string text) const {
  static const std::string cut_mark = "…";
  const auto strike = [&](std::size_t at, std::size_t length) { text.replace(at, length, struck_out); };
  for (const auto& canary : canaries_)
    for (const auto& form : {canary.text, escaped(canary.text)}) {
      for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at))
        strike(at, form.size());
      // A value that was cut for the eye may end in the middle of one.
      for (auto mark = text.find(cut_mark); mark != std::string::npos; mark = text.find(cut_mark, mark + 1))
        for (auto length = std::min(form.size() - 1, mark); length >= 4; --length)
          if (text.compare(mark - length, length, form, 0, length) == 0) {
            strike(mark - length, length);
            break;
          }
    }
  return text;
}

}  // namespace caravan::reports

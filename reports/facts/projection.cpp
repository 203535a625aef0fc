// What the contracts make of a value at an older version.
#include "reports/facts/projection.hpp"

#include <fmt/format.h>

#include <set>
#include <tl/expected.hpp>

#include "objects/base/text.hpp"
#include "objects/base/utf8.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// The value with what `level` cuts off it, or why it refuses it.
tl::expected<Json, std::string> within_limits(const Contract& contract, const Version& level, Json value) {
  for (const auto& limit : contract.limits) {
    if (limit.below != level) continue;
    const auto part = part_at(value, limit.path);
    if (!part) continue;
    for (const auto& refused : limit.values)
      if (same(*part, refused))
        return tl::make_unexpected(
            fmt::format("{} cannot be sent below {}", shown(*part), limit.below.text()));
    if (limit.length && part->is_string()) {
      const auto& words = part->get_ref<const std::string&>();
      if (text::length(words) <= static_cast<std::size_t>(*limit.length)) continue;
      if (!limit.cut)
        return tl::make_unexpected(
            fmt::format("longer than {} characters, the most below {}", *limit.length, limit.below.text()));
      const auto end = utf8::bytes_of(words, static_cast<std::size_t>(*limit.length));
      put_part(value, limit.path, Json(words.substr(0, end)));
    }
  }
  return value;
}

}  // namespace

bool exists_at(const Contract& contract, const Version& version) {
  return !(contract.since && version < *contract.since) && !(contract.until && version >= *contract.until);
}

const std::string& name_at(const Contract& contract, const Version& version) {
  return contract.was_called && version < contract.was_called->second ? contract.was_called->first
                                                                      : contract.field;
}

Json reading(const Contract& contract, const Json& stored) {
  Json value = stored;
  for (const auto& forward : contract.forward) {
    const auto part = part_at(value, forward.path);
    if (part && same(*part, forward.value)) put_part(value, forward.path, forward.as);
  }
  return value;
}

Projected project(const Contract& contract, const Json& value, const Version& version) {
  Projected out;
  out.name = name_at(contract, version);
  if (!exists_at(contract, version)) {
    out.kind = Projected::Kind::absent;
    out.why = contract.since && version < *contract.since ? "new in " + contract.since->text()
                                                          : "gone since " + contract.until->text();
    return out;
  }
  if (contract.lost_below && version < *contract.lost_below) {
    out.kind = Projected::Kind::absent;
    out.why = "declared loss below " + contract.lost_below->text();
    return out;
  }
  out.value = value;
  // Level by level, newest first: what a step makes of a value is what the next older step starts from.
  std::set<Version, std::greater<>> levels;
  for (const auto& seen : contract.seen_as)
    if (version < seen.below) levels.insert(seen.below);
  for (const auto& limit : contract.limits)
    if (version < limit.below) levels.insert(limit.below);
  for (const auto& level : levels) {
    for (const auto& seen : contract.seen_as) {
      if (seen.below != level) continue;
      const auto part = part_at(out.value, seen.path);
      if (!part || !same(*part, seen.value)) continue;
      put_part(out.value, seen.path, seen.as);
      break;
    }
    auto limited = within_limits(contract, level, std::move(out.value));
    if (!limited) {
      out.kind = Projected::Kind::refused;
      out.why = std::move(limited.error());
      return out;
    }
    out.value = std::move(*limited);
  }
  return out;
}

bool equal_to_user(const Contract& contract, const Json& a, const Json& b) {
  if (same(a, b)) return true;
  if (!contract.absent_means) return false;
  const Json& x = a.is_null() ? *contract.absent_means : a;
  const Json& y = b.is_null() ? *contract.absent_means : b;
  return same(x, y);
}

bool is_seen_as(const Contract& contract, const Json& value, const Version& version, const Json& sent) {
  const auto expected = project(contract, value, version);
  return expected.kind == Projected::Kind::value && equal_to_user(contract, expected.value, sent);
}

bool leaves_unseen_parts(const Contract& contract, const Json& before, const Json& after,
                         const Version& version, const Json& sent) {
  if (equal_to_user(contract, before, after)) return true;
  const auto seen = project(contract, before, version);
  if (seen.kind != Projected::Kind::value) return true;
  if (equal_to_user(contract, seen.value, sent)) return false;
  std::set<std::string> paths;
  for (const auto& entry : contract.seen_as) paths.insert(entry.path);
  for (const auto& path : paths) {
    if (path.empty()) continue;
    const auto was = part_at(before, path), is = part_at(after, path);
    const auto shown_part = part_at(seen.value, path), sent_part = part_at(sent, path);
    if (was && is && shown_part && sent_part && same(*shown_part, *sent_part) && !same(*was, *is))
      return false;
  }
  return true;
}

}  // namespace caravan::reports

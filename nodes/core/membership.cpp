#include "nodes/core/membership.hpp"

#include <fmt/format.h>

#include "nodes/core/error_type.hpp"

namespace caravan::nodes {
namespace {

Work heartbeat() { return {"heartbeat", "", "", "", true}; }

}  // namespace

Caps caps_for(const Modes& modes, const std::vector<Service>& services) {
  if (modes.compat == Compatibility::none || modes.access == Access::direct) return {};
  const Json levels = modes.option("upgrade_levels");
  Caps caps = levels.is_object() ? caps_from(levels) : caps_of(services);
  if (modes.compat == Compatibility::backport) caps.objects.clear();
  return caps;
}

void Membership::join() {
  if (exchange_.modes().access == Access::direct) return exchange_.hello();
  exchange_.spawn(heartbeat(), [this](Work& work) { return live(work); });
}

void Membership::reload() {
  if (!joined_ || exchange_.modes().access == Access::direct) return;
  fixed_ = false;
  exchange_.spawn(heartbeat(), [this](Work&) { return refresh(); });
}

Task<void> Membership::live(Work& work) {
  for (int unanswered = 0;;) {
    auto asking = exchange_.call(work, "conductor", "service_update", args());
    Reply reply = co_await asking;
    const bool answered = !reply.timed_out && reply.error.is_null();
    if (refused(reply)) co_return;
    const bool changed = answered && take(reply.result);
    if (!joined_ && (answered || (!exchange_.pinned() && ++unanswered == 2))) {
      joined_ = true;
      exchange_.hello();
    }
    if (changed || (!joined_ && reply.timed_out)) continue;  // the caps that it uses belong on its record
    auto sleeping = exchange_.sleep(heartbeat_interval, true);
    co_await sleeping;
    if (exchange_.draining()) co_return;
  }
}

Task<void> Membership::refresh() {
  const Work work = heartbeat();
  for (bool changed = true; changed;) {  // the caps that it uses belong on its record
    auto asking = exchange_.call(work, "conductor", "service_update", args());
    Reply reply = co_await asking;
    if (refused(reply)) co_return;
    changed = !reply.timed_out && reply.error.is_null() && take(reply.result);
  }
}

// When it joins, or later: it may serve without an answer, and its record may be forgotten.
bool Membership::refused(const Reply& reply) {
  if (!reply.error.is_object() || reply.error.value("type", "") != "JoinRefused") return false;
  if (joined_ && exchange_.identity().plant == "F39") return false;  // planted: it never hears it
  exchange_.turned_away(reply.error.value("message", "?"));
  return true;
}

Json Membership::args() const {
  const Identity& identity = exchange_.identity();
  Service service = service_of(identity.node, identity.role, exchange_.release(), identity.incarnation);
  service.report["caps"] = to_json(exchange_.caps());
  return {{"service", to_json(service)}};
}

bool Membership::take(const Json& result) {
  if (fixed_) return false;
  std::vector<Service> services;
  try {
    for (const Json& one : result.at("services")) services.push_back(service_from(one));
  } catch (const std::exception& error) {  // the heart beats on
    exchange_.trouble(fmt::format("heartbeat: {}", error.what()), error_type(error));
    return false;
  }
  Caps caps = caps_for(exchange_.modes(), services);
  fixed_ = exchange_.pinned();
  const bool changed = !(caps == exchange_.caps());
  exchange_.set_caps(std::move(caps));
  return changed;
}

}  // namespace caravan::nodes

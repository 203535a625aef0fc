#include "nodes/core/orders.hpp"

#include <algorithm>

#include "nodes/core/refused.hpp"

namespace caravan::nodes {

bool Orders::has_argument(const std::string& method, const std::string& name) const {
  const RpcMethod* known = exchange_.method("engine", method);
  return known != nullptr && std::any_of(known->args.begin(), known->args.end(),
                                         [&](const RpcArg& arg) { return arg.name == name; });
}

Task<bool> Orders::taken(std::string method, Json args) {
  if (exchange_.modes().compat == Compatibility::backport && !exchange_.is_basic("engine", method, args)) {
    auto refreshing = membership_.refresh();
    co_await refreshing;
  }
  co_return exchange_.too_new_for("engine", method, args).empty();
}

Task<void> Orders::require(std::string method, Json args) {
  auto asking = taken(method, args);
  if (!co_await asking) throw Refused("RPCVersionCapError", exchange_.too_new_for("engine", method, args));
}

void Orders::cast(const Work& work, const std::string& to, const std::string& method, Json args) {
  if (spelled_out_) {
    for (const RpcArg& arg : exchange_.method("engine", method)->args) {
      if (arg.default_value && !args.contains(arg.name)) args[arg.name] = *arg.default_value;
    }
  }
  exchange_.cast(work, to, method, std::move(args));
}

std::string engine_for(const Envelope& request) {
  const std::string server = request.args.value("engine", "");
  return server.empty() ? "engine" : server;
}

}  // namespace caravan::nodes

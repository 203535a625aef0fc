#include "nodes/core/rpc.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/error.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes {
namespace {

std::string python_name(const RpcArg& arg) { return arg.object.empty() ? arg.name : id_argument(arg.name); }

std::optional<Mismatch> in_words(const char* type, const std::string& text) {
  return Mismatch{type, text, fmt::format("{}: {}", type, text), false};
}

/// As the exception's last line in the service's log; a caller gets the same.
std::optional<Mismatch> as_python(const char* type, const std::string& text) {
  const std::string line = fmt::format("{}: {}", type, text);
  return Mismatch{type, line, line, true};
}

/// An empty version makes no claim.
bool understands(const Version& own, const std::string& spoken) {
  if (spoken.empty()) return true;
  try {
    const Version version(spoken);
    return version.major() == own.major() && !(own < version);
  } catch (const Error&) {  // is not one
    return false;
  }
}

}  // namespace

std::string id_argument(const std::string& argument) { return argument + "_id"; }

const RpcInterface* Rpc::interface(const std::string& to) const {
  return release_.interface(to.substr(0, to.find('.')));
}

const RpcMethod* Rpc::method(const std::string& to, const std::string& name) const {
  return release_.method(to.substr(0, to.find('.')), name);
}

Version Rpc::version(const std::string& to, const std::string& name, const Json& args) const {
  const RpcMethod* known = method(to, name);
  if (known == nullptr)
    throw ObjectError("UnknownMethod", fmt::format("{} has no method {} at {}", to, name, release_.name));
  return needed_by(*known, args);
}

Version VersionedRpc::needed_by(const RpcMethod& method, const Json& args) const {
  Version version = method.since;
  for (const RpcArg& arg : method.args)
    if (arg.since && args.contains(arg.name)) version = std::max(version, *arg.since);
  return version;
}

std::optional<Mismatch> VersionedRpc::mismatch(const Envelope& message) const {
  const RpcInterface* own = interface(own_);
  if (own == nullptr) return std::nullopt;
  if (!understands(own->version, message.version))
    return in_words("UnsupportedVersion",
                    fmt::format("{} speaks version {}, {} at {} understands {}", message.method,
                                message.version, own->topic, release_.name, own->version.text()));
  const RpcMethod* known = method(own->topic, message.method);
  if (known == nullptr)
    return in_words("UnknownMethod", fmt::format("{} has no method {}", own->topic, message.method));
  for (const auto& [name, value] : message.args.items())
    if (std::none_of(known->args.begin(), known->args.end(),
                     [&key = name](const RpcArg& arg) { return arg.name == key; }))
      return in_words("TypeError", fmt::format("{}() got an unexpected argument '{}'", message.method, name));
  return std::nullopt;
}

std::optional<Mismatch> UnversionedRpc::mismatch(const Envelope& message) const {
  const RpcMethod* known = method(own_, message.method);
  if (known == nullptr)
    return as_python(
        "NoSuchMethod",
        fmt::format("Endpoint does not support RPC method {0}. Attempted method: {0}", message.method));
  for (const auto& [name, value] : message.args.items())
    if (std::none_of(known->args.begin(), known->args.end(),
                     [&key = name](const RpcArg& arg) { return python_name(arg) == key; }))
      return as_python("TypeError",
                       fmt::format("{}() got an unexpected keyword argument '{}'", message.method, name));
  for (const RpcArg& arg : known->args)
    if (!arg.default_value && !message.args.contains(python_name(arg)))
      return as_python("TypeError", fmt::format("{}() missing 1 required positional argument: '{}'",
                                                message.method, python_name(arg)));
  return std::nullopt;
}

}  // namespace caravan::nodes

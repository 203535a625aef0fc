#include "nodes/sahara/release_hooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/sahara/job_execution.hpp"

namespace caravan::nodes::sahara {
namespace {

Json value_of(const Object& object, const std::string& field) {
  return has(object, field) && object.is_set(field) ? object.get(field) : Json();
}

// Where the password of a class sits: a key of a Json field.
const char* place_of_password(const std::string& name) {
  return name == "DataSource" ? "credentials" : name == "JobBinary" ? "extra" : nullptr;
}

// What the key manager keeps with a key. Any process can ask it, so it is worked out, not remembered.
std::uint64_t seal(std::uint64_t random) {
  std::uint64_t value = (random ^ (random >> 33U)) * 0xff51afd7ed558ccdU;
  value = (value ^ (value >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return (value ^ (value >> 33U)) & 0xffffffffffffU;
}

bool is_key_id(const std::string& text) {
  if (text.size() != 36) return false;
  std::uint64_t random = 0;
  for (const std::size_t at : {0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12}) {
    const auto digit = std::string("0123456789abcdef").find(text[at]);
    if (digit == std::string::npos) return false;
    random = random << 4U | digit;
  }
  return key_id(random) == text;
}

/// Not done where objects travel.
const std::vector<std::string> of_direct_access = {
    "is_default_protects",  "is_protected_protects", "scales_its_own_only",
    "sends_every_argument", "job_execution_info",    "failed_scale_stays_active",
};

}  // namespace

bool ReleaseHooks::does(const std::string& hook) const {
  const auto& only = of_direct_access;
  return release_.does(hook) && (direct_ || std::find(only.begin(), only.end(), hook) == only.end());
}

std::optional<std::string> protection(const ReleaseHooks& hooks, const Object& stored, const Json& changes) {
  const auto refused = [&](const char* why) {
    return fmt::format("{} with id '{}' could not be {} because it's {}", stored.name(),
                       stored.get("id").get<std::string>(), changes.is_null() ? "deleted" : "updated", why);
  };
  const bool is_template = stored.name() == "ClusterTemplate" || stored.name() == "NodeGroupTemplate";
  if (hooks.does("is_default_protects") && is_template && value_of(stored, "is_default") == true)
    return refused("a default template");
  const bool lifted = changes.is_object() && changes.value("is_protected", Json(true)) == false;
  if (hooks.does("is_protected_protects") && !lifted && value_of(stored, "is_protected") == true)
    return refused("marked as protected");
  return std::nullopt;
}

int range_of(const Object& object, const std::string& field, const Json& otherwise) {
  Json value = value_of(object, field);
  if (value.is_null()) value = otherwise;
  if (!value.is_number_integer()) {
    throw ObjectError("TypeError", fmt::format("{}.{}: 'NoneType' object cannot be interpreted as an integer",
                                               object.name(), field));
  }
  return value.get<int>();
}

std::string stack_to_make(const Release& release, const Object& cluster) {
  const std::string name = cluster.get("name").get<std::string>();
  if (!release.does("names_stack_in_extra")) return name;
  return name + cluster.get("id").get<std::string>().substr(0, 8);
}

std::string stack_to_delete(bool looks_in_extra, const Object& cluster) {
  const Json extra = value_of(cluster, "extra");
  if (looks_in_extra && extra.is_object() && extra.contains("heat_stack_name"))
    return extra.at("heat_stack_name").get<std::string>();
  return cluster.get("name").get<std::string>();
}

void put_job_execution_info(Json& fields) {
  Json& configs = fields["job_configs"];
  if (configs.is_null()) configs = Json::object();
  if (configs.is_object() && !configs.contains("job_execution_info"))
    configs["job_execution_info"] = Json::object();
}

void read_job_execution_info(const Object& job_execution) {
  const Json configs = value_of(job_execution, "job_configs");
  if (!configs.is_object() || !configs.contains("job_execution_info"))
    throw ObjectError("KeyError", "KeyError: 'job_execution_info'");
}

std::string password(const Object& object) {
  const char* place = place_of_password(object.name());
  const Json holder = place == nullptr ? Json() : value_of(object, place);
  const Json found = holder.is_object() ? holder.value("password", Json()) : Json();
  return found.is_string() ? found.get<std::string>() : "";
}

std::string key_id(std::uint64_t random) {
  random &= 0xffffffffffffU;
  const std::uint64_t sealed = seal(random);
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", random >> 16U, random & 0xffffU,
                     sealed & 0xfffU, sealed >> 36U, sealed);
}

void hide_password(Object object, std::uint64_t random) {
  if (password(object).empty()) return;
  const char* place = place_of_password(object.name());
  Json holder = object.get(place);
  holder["password"] = key_id(random);
  object.set(place, holder);
}

std::optional<std::string> locked_out(bool castellan, const Object& object) {
  const std::string given = password(object);
  if (given.empty() || castellan == is_key_id(given)) return std::nullopt;
  const std::string who = fmt::format("{} {}", object.name(), object.get("id").get<std::string>());
  if (castellan) return "the key manager has no key of the id that the password field holds: " + who;
  return "401 Unauthorized: the password field holds the id of a key: " + who;
}

}  // namespace caravan::nodes::sahara

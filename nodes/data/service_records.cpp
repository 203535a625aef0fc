#include "nodes/data/service_records.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/data/columns.hpp"
#include "nodes/store/store.hpp"

namespace caravan::nodes {
namespace {

constexpr const char* service_table = "caravan_services";

Service service_in(const Row& row) {
  const auto text = [&row](const char* column) {
    const auto found = row.find(column);
    return found != row.end() && found->second.is_string() ? found->second.get<std::string>() : std::string();
  };
  Json report = Json::parse(text("report"), nullptr, false);
  if (!report.is_object()) report = Json::object();
  return {text("id"), text("role"), text("release_name"), std::move(report), text("updated_at")};
}

Row row_of(const Service& service, Instant now) {
  return {{"role", service.role},
          {"release_name", service.release},
          {"report", service.report.dump()},
          {"updated_at", database_time(now)}};
}

int index_of(const Service& service) {
  const auto index = service.report.find("index");
  return index != service.report.end() && index->is_number_integer() ? index->get<int>() : -1;
}

std::string revision_of(const Service& service) {
  const auto revision = service.report.find("schema");
  return revision != service.report.end() && revision->is_string() ? revision->get<std::string>() : "";
}

bool is_announced(const Service& service) { return service.report.value("announced", Json()) == true; }

/// What is announced stays until a node of that release has come, whatever else beats under the name: of the
/// one that is still there only its life and the caps that it uses are noted.
Service under_announcement(const Service& announced, const Service& beating) {
  Service kept = announced;
  for (const char* own : {"incarnation", "caps"})
    if (beating.report.contains(own)) kept.report[own] = beating.report.at(own);
  return kept;
}

/// Null unless somebody of that release is on record: a node knows no release but its own.
const Service* one_of(const std::vector<Service>& services, const std::string& release) {
  for (const Service& service : services)
    if (service.release == release && index_of(service) >= 0) return &service;
  return nullptr;
}

/// Empty, or why a node of this release must not join.
std::string unserved(Store& store, const std::vector<Service>& known, const Service& joiner) {
  const SchemaStage stage = store.stage();
  if (joiner.release == stage.release || joiner.release == stage.target) return {};
  const Service *from = one_of(known, stage.release), *to = one_of(known, stage.target);
  // Releases that brought no migration share a schema. When nobody of its release is left, those who came
  // before vouch for the others.
  if (from != nullptr && revision_of(*from) == revision_of(joiner)) return {};
  if (from == nullptr && to == nullptr && one_of(known, joiner.release) != nullptr) return {};
  if (stage.target.empty())
    return fmt::format("the schema is of {}; {} is of {}", stage.release, joiner.id, joiner.release);
  if (from != nullptr && to != nullptr && index_of(*from) < index_of(joiner) &&
      index_of(joiner) < index_of(*to))
    return {};
  return fmt::format("the schema serves {} to {}; {} is of {}", stage.release, stage.target, joiner.id,
                     joiner.release);
}

void store_service(Store& store, const Service& service, Instant now) {
  Row row = row_of(service, now);
  if (store.get(service_table, service.id)) return store.update(service_table, service.id, row);
  row["id"] = service.id;
  row["created_at"] = database_time(now);
  store.insert(service_table, row);
}

}  // namespace

std::vector<Service> all_services(Store& store) {
  std::vector<Service> services;
  for (const Row& row : store.list(service_table, {})) services.push_back(service_in(row));
  std::sort(services.begin(), services.end(), [](const Service& a, const Service& b) { return a.id < b.id; });
  return services;
}

void put_service(Store& store, const Service& service, Instant now, bool heed_announcements) {
  const std::vector<Service> known = all_services(store);
  const auto before =
      std::find_if(known.begin(), known.end(), [&](const Service& other) { return other.id == service.id; });
  const bool announced = heed_announcements && before != known.end() && is_announced(*before) &&
                         before->release != service.release;
  const bool stays =
      before != known.end() && (announced || before->release == service.release) &&
      before->report.value("incarnation", Json()) == service.report.value("incarnation", Json());
  if (const std::string why = stays ? "" : unserved(store, known, service); !why.empty())
    throw ObjectError("JoinRefused", why);
  store_service(store, announced ? under_announcement(*before, service) : service, now);
}

// The incarnation that is there now stays on the record: its heartbeats are not a join.
std::string announce_service(Store& store, const Service& service, Instant now) {
  if (const std::string why = unserved(store, all_services(store), service); !why.empty()) {
    store.commit();
    return why;
  }
  Service announced = service;
  announced.report["announced"] = true;
  if (const auto row = store.get(service_table, service.id))
    announced = under_announcement(announced, service_in(*row));
  store_service(store, announced, now);
  store.commit();
  return {};
}

std::string forget_service(Store& store, const std::string& node, Instant now, bool force) {
  const auto row = store.get(service_table, node);
  std::string why;
  if (!row) why = fmt::format("{} has no service record", node);
  if (row && !force && service_in(*row).updated_at > database_time(now - heartbeat_stale))
    why = fmt::format("the heartbeat of {} is fresh", node);
  if (why.empty()) store.remove(service_table, node);
  store.commit();
  return why;
}

}  // namespace caravan::nodes

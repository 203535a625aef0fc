#include "nodes/sahara/job_execution.hpp"

#include <fmt/format.h>

namespace caravan::nodes::sahara {

bool has(const Object& object, const std::string& field) { return object.spec().field(field) != nullptr; }

Json info_of(const Object& job_execution) {
  if (!job_execution.is_set("info")) return Json::object();
  Json info = job_execution.get("info");
  return info.is_object() ? info : Json::object();
}

std::string status_of(const Object& job_execution) { return info_of(job_execution).value("status", ""); }

bool over(const std::string& status) {
  return status == "SUCCEEDED" || status == "FAILED" || status == "KILLED" || status == "DONEWITHERROR";
}

int number(const Object& object, const std::string& field, int otherwise) {
  if (!object.is_set(field)) return otherwise;
  const Json value = object.get(field);
  return value.is_number_integer() ? value.get<int>() : otherwise;
}

int polls_of(const Object& job_execution) {
  if (!job_execution.is_set("job_configs")) return 2;
  const Json configs = job_execution.get("job_configs");
  if (!configs.is_object()) return 2;
  const Json inner = configs.value("configs", Json::object());
  return inner.is_object() ? inner.value("caravan.polls", 2) : 2;
}

std::string wire_time(Instant instant) {
  // Days since 1970-01-01 to a civil date (proleptic Gregorian).
  const std::int64_t seconds = instant / 1'000'000, days = seconds / 86'400, rest = seconds % 86'400;
  const std::int64_t shifted = days + 719'468, era = shifted / 146'097, day_of_era = shifted % 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_index = (5 * day_of_year + 2) / 153,
                     day = day_of_year - (153 * month_index + 2) / 5 + 1;
  const std::int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, month, day, rest / 3'600, rest / 60 % 60,
                     rest % 60);
}

}  // namespace caravan::nodes::sahara

// The report as JSON: everything that it holds.
#include "reports/formats/render.hpp"

namespace caravan::reports {
namespace {

Json to_json(const Witness& witness) {
  Json one = Json::object();
  one["event"] = witness.event;
  one["step"] = witness.step;
  one["object"] = witness.object;
  one["field"] = witness.field;
  one["row"] = witness.row;
  one["summary"] = witness.summary;
  one["argument"] = witness.argument;
  return one;
}

}  // namespace

Json to_json(const Report& report) {
  Json checks = Json::array();
  for (const auto& check : report.checks) {
    Json causes = Json::array(), witnesses = Json::array();
    for (const auto& cause : check.causes)
      causes.push_back(
          Json{{"times", cause.times}, {"places", cause.places}, {"first", to_json(cause.first)}});
    for (const auto& witness : check.witnesses) witnesses.push_back(to_json(witness));
    Json one = Json::object();
    one["check"] = check.check;
    one["promise"] = check.promise;
    one["verdict"] = name(check.verdict);
    one["obligations"] = check.obligations;
    one["failures"] = check.failures;
    one["note"] = check.note;
    one["causes"] = std::move(causes);
    if (check.starved > 0) one["starved"] = {{"obligations", check.starved}, {"micros", check.taken}};
    one["witnesses"] = std::move(witnesses);
    checks.push_back(std::move(one));
  }
  Json out = Json::object();
  out["format"] = "caravan-report/1";
  out["headline"] = headline(report);
  out["notices"] = notices(report);
  out["verdict"] = name(report.verdict);
  out["as_expected"] = report.as_expected;
  out["first"] = report.first;
  Json undone = Json::array();
  for (const auto& one : report.undone)
    undone.push_back(Json{{"step", one.step},
                          {"what", one.what},
                          {"why", one.why},
                          {"event", one.event},
                          {"upgrades", one.upgrades}});
  out["undone"] = std::move(undone);
  out["unmet"] = report.unmet;
  out["run"] = report.run;
  out["checks"] = std::move(checks);
  out["counts"] = report.counts;
  out["order"] = report.order;
  out["matrix"] = report.matrix;
  return out;
}

std::string render_json(const Report& report) {
  return to_json(report).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace caravan::reports

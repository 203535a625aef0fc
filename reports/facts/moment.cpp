#include "reports/facts/moment.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

namespace caravan::reports {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool ended() const { return rest_.empty(); }
  bool next_is_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  bool take(std::string_view any_of, char* taken = nullptr) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos) return false;
    if (taken) *taken = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> number(int most_digits) {
    if (!next_is_digit()) return std::nullopt;
    int value = 0;
    for (; most_digits > 0 && next_is_digit(); --most_digits, rest_.remove_prefix(1))
      value = value * 10 + (rest_[0] - '0');
    return value;
  }
  void skip_digits() {
    while (next_is_digit()) rest_.remove_prefix(1);
  }

 private:
  std::string_view rest_;
};

/// "2015-10-15T00:00:02Z", the form that travels: nearly every text is one. (Of a month's last days the
/// reader has to think.)
bool is_canonical(std::string_view text) {
  static constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
  const auto within = [&](std::size_t at, std::string_view low, std::string_view high) {
    return low <= text.substr(at, 2) && text.substr(at, 2) <= high;
  };
  return within(5, "01", "12") && within(8, "01", "28") && within(11, "00", "23") && within(14, "00", "59") &&
         within(17, "00", "59");
}

/// Seconds that the zone is ahead of UTC; nothing if this is not a zone.
std::optional<int> ahead_of_utc(Reader& in) {
  if (in.ended() || (in.take("Zz") && in.ended())) return 0;
  char sign = 0;
  if (!in.take("+-", &sign)) return std::nullopt;
  const auto hours = in.number(2);
  in.take(":");
  const int minutes = in.number(2).value_or(0);
  if (!hours || !in.ended() || *hours > 23 || minutes > 59) return std::nullopt;
  const int ahead = (*hours * 60 + minutes) * 60;
  return sign == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<std::string> moment_in_utc(std::string_view text) {
  if (is_canonical(text)) return std::string(text);
  Reader in(text);
  const auto year = in.number(4);
  in.take("-");
  const int month = in.number(2).value_or(1);
  in.take("-");
  const int day = in.number(2).value_or(1);
  int hour = 0, minute = 0, second = 0;
  if (in.take("T t")) {
    hour = in.number(2).value_or(99);
    in.take(":");
    minute = in.number(2).value_or(0);
    in.take(":");
    second = in.number(2).value_or(0);
    if (in.take(".,")) in.skip_digits();
  }
  const auto ahead = ahead_of_utc(in);
  namespace c = std::chrono;
  const auto date = c::year(year.value_or(0)) / month / day;
  const bool midnight = hour == 24 && minute == 0 && second == 0;  // of the day after
  if (!year || !ahead || !date.ok() || (hour > 23 && !midnight) || minute > 59 || second > 59)
    return std::nullopt;
  const auto moment = c::sys_days(date) + c::hours(hour) + c::minutes(minute) + c::seconds(second - *ahead);
  const auto its_day = c::floor<c::days>(moment);
  const c::year_month_day on(its_day);
  const c::hh_mm_ss<c::seconds> at(moment - its_day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(on.year()),
                     static_cast<unsigned>(on.month()), static_cast<unsigned>(on.day()), at.hours().count(),
                     at.minutes().count(), at.seconds().count());
}

}  // namespace caravan::reports

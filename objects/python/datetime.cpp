// The regular expression of iso8601 as a small backtracking reader, and the spellings that go out.
#include "objects/python/datetime.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "objects/python/object_error.hpp"
#include "objects/python/python_text.hpp"

namespace caravan {
namespace {

struct Parts {
  std::string year, month, day, hour, minute, second, fraction;
  bool zulu = false;
  char sign = 0;
  std::string zone_hour, zone_minute;
};

/// Each step takes its alternatives in the order of the expression and tries the rest after each one.
class TimeReader {
 public:
  explicit TimeReader(const std::string& text) : text_(text) {}

  bool read(Parts& parts) {
    if (!digits(0, 4)) return false;
    parts.year = text_.substr(0, 4);
    return month(4, parts) || at_end(4);
  }

 private:
  bool is(std::size_t at, char c) const { return at < text_.size() && text_[at] == c; }
  bool digits(std::size_t at, std::size_t count) const {
    if (at + count > text_.size()) return false;
    for (std::size_t i = at; i < at + count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
    }
    return true;
  }
  bool at_end(std::size_t at) const {
    return at == text_.size() || (at + 1 == text_.size() && text_[at] == '\n');
  }

  bool month(std::size_t at, Parts& parts) {
    if (is(at, '-')) {
      for (const std::size_t width : {2, 1}) {
        if (!digits(at + 1, width)) continue;
        parts.month = text_.substr(at + 1, width);
        if (day(at + 1 + width, parts) || at_end(at + 1 + width)) return true;
      }
    }
    if (digits(at, 2) && !at_end(at + 2)) {
      parts.month = text_.substr(at, 2);
      if (day(at + 2, parts)) return true;
    }
    parts.month.clear();
    return false;
  }

  bool day(std::size_t at, Parts& parts) {
    if (is(at, '-')) {
      for (const std::size_t width : {2, 1}) {
        if (!digits(at + 1, width)) continue;
        parts.day = text_.substr(at + 1, width);
        if (time(at + 1 + width, parts) || at_end(at + 1 + width)) return true;
      }
    }
    if (digits(at, 2)) {
      parts.day = text_.substr(at, 2);
      if (time(at + 2, parts) || at_end(at + 2)) return true;
    }
    parts.day.clear();
    return false;
  }

  bool time(std::size_t at, Parts& parts) {
    if (!is(at, ' ') && !is(at, 'T')) return false;
    if (!digits(at + 1, 2)) return false;
    parts.hour = text_.substr(at + 1, 2);
    const std::size_t next = at + 3;
    for (const std::size_t colon : {1, 0}) {
      if (colon == 1 && !is(next, ':')) continue;
      if (!digits(next + colon, 2)) continue;
      parts.minute = text_.substr(next + colon, 2);
      if (seconds(next + colon + 2, parts)) return true;
      parts.minute.clear();
    }
    if (seconds(next, parts)) return true;
    parts.hour.clear();
    return false;
  }

  bool seconds(std::size_t at, Parts& parts) {
    for (const std::size_t colon : {1, 0}) {
      if (colon == 1 && !is(at, ':')) continue;
      for (const std::size_t width : {2, 1}) {
        if (!digits(at + colon, width)) continue;
        parts.second = text_.substr(at + colon, width);
        if (fraction(at + colon + width, parts)) return true;
        parts.second.clear();
      }
    }
    return zone(at, parts);
  }

  bool fraction(std::size_t at, Parts& parts) {
    if (is(at, '.') || is(at, ',')) {
      std::size_t end = at + 1;
      while (digits(end, 1)) ++end;
      for (; end > at + 1; --end) {
        parts.fraction = text_.substr(at + 1, end - at - 1);
        if (zone(end, parts)) return true;
      }
      parts.fraction.clear();
    }
    return zone(at, parts);
  }

  bool zone(std::size_t at, Parts& parts) {
    if (is(at, 'Z') && at_end(at + 1)) {
      parts.zulu = true;
      return true;
    }
    if ((is(at, '+') || is(at, '-')) && digits(at + 1, 2)) {
      parts.sign = text_[at];
      parts.zone_hour = text_.substr(at + 1, 2);
      for (const std::size_t colon : {1, 0}) {
        if (colon == 1 && !is(at + 3, ':')) continue;
        const std::size_t next = at + 3 + colon;
        if (digits(next, 2) && at_end(next + 2)) {
          parts.zone_minute = text_.substr(next, 2);
          return true;
        }
        if (at_end(next)) return true;
      }
      parts.sign = 0;
      parts.zone_hour.clear();
    }
    return at_end(at);
  }

  const std::string& text_;
};

int number(const std::string& digits, int missing) {
  return digits.empty() ? missing : std::atoi(digits.c_str());
}

int days_in_month(int year, int month) {
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

[[noreturn]] void refuse(const std::string& text) {
  throw ObjectError("ValueError", "Unable to parse date string " + python_repr(text));
}

bool in_range(const DateTime& t) {
  return t.year >= 1 && t.year <= 9999 && t.month >= 1 && t.month <= 12 && t.day >= 1 &&
         t.day <= days_in_month(t.year, t.month) && t.hour <= 23 && t.minute <= 59 && t.second <= 59;
}

int microseconds(std::string fraction) {
  fraction.resize(6, '0');
  return std::atoi(fraction.c_str());
}

/// Seconds since 0001-01-01, by the proleptic Gregorian calendar.
std::int64_t seconds_of(const DateTime& t) {
  std::int64_t days = 365LL * (t.year - 1) + (t.year - 1) / 4 - (t.year - 1) / 100 + (t.year - 1) / 400;
  for (int month = 1; month < t.month; ++month) days += days_in_month(t.year, month);
  days += t.day - 1;
  return ((days * 24 + t.hour) * 60 + t.minute) * 60 + t.second - t.offset.value_or(0);
}

/// "2024-01-02T03:04:05Z", the form that the library sends; the rest is left to the reader.
std::optional<DateTime> parse_common(const std::string& text) {
  static constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
  }
  const auto two = [&text](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  DateTime time{two(0) * 100 + two(2), two(5), two(8), two(11), two(14), two(17), 0, 0, "UTC"};
  return in_range(time) ? std::optional(std::move(time)) : std::nullopt;
}

}  // namespace

DateTime parse_datetime(const std::string& text) {
  if (const auto time = parse_common(text)) return *time;
  Parts parts;
  if (!TimeReader(text).read(parts)) refuse(text);
  DateTime time;
  time.year = number(parts.year, 1);
  time.month = number(parts.month, 1);
  time.day = number(parts.day, 1);
  time.hour = number(parts.hour, 0);
  time.minute = number(parts.minute, 0);
  time.second = number(parts.second, 0);
  time.microsecond = microseconds(parts.fraction);
  if (!in_range(time)) refuse(text);
  time.offset = 0;
  time.zone = "UTC";
  if (parts.sign != 0) {
    const int hours = number(parts.zone_hour, 0), minutes = number(parts.zone_minute, 0);
    const int offset = (hours * 60 + minutes) * 60;
    if (offset >= 24 * 3600) refuse(text);
    time.offset = parts.sign == '-' ? -offset : offset;
    time.zone = fmt::format("{}{:02}:{:02}", parts.sign, hours, minutes);
  }
  return time;
}

DateTime parse_wall(const std::string& text) {
  Parts parts;
  if (!TimeReader(text).read(parts) || parts.zulu || parts.sign != 0) refuse(text);
  DateTime time = parse_datetime(text);
  time.offset.reset();
  time.zone.reset();
  return time;
}

std::string datetime_wire(const DateTime& t) {
  std::string zone = "Z";
  if (t.offset) {
    if (!t.zone) throw ObjectError("TypeError", "can only concatenate str (not \"NoneType\") to str");
    if (*t.zone != "UTC" && *t.zone != "UTC+00:00") zone = *t.zone;
  }
  // glibc's strftime does not pad the year.
  return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}{}", t.year, t.month, t.day, t.hour, t.minute, t.second,
                     zone);
}

std::string wall_text(const DateTime& t) {
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second);
  if (t.microsecond != 0) out += fmt::format(".{:06}", t.microsecond);
  return out;
}

std::string datetime_text(const DateTime& t) {
  std::string out = wall_text(t);
  out[10] = ' ';
  if (t.offset) {
    const int size = std::abs(*t.offset);
    out += fmt::format("{}{:02}:{:02}", *t.offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
    if (size % 60 != 0) out += fmt::format(":{:02}", size % 60);
  }
  return out;
}

std::string datetime_repr(const DateTime& t) {
  std::string out =
      fmt::format("datetime.datetime({}, {}, {}, {}, {}", t.year, t.month, t.day, t.hour, t.minute);
  if (t.second != 0 || t.microsecond != 0) out += fmt::format(", {}", t.second);
  if (t.microsecond != 0) out += fmt::format(", {}", t.microsecond);
  if (t.offset) {
    out += ", tzinfo=datetime.timezone";
    if (*t.offset == 0 && t.zone == "UTC") {
      out += ".utc";
    } else {
      constexpr int day = 24 * 60 * 60;
      std::string delta = *t.offset < 0   ? fmt::format("days=-1, seconds={}", *t.offset + day)
                          : *t.offset > 0 ? fmt::format("seconds={}", *t.offset)
                                          : "0";
      out += "(datetime.timedelta(" + delta + ")";
      if (t.zone) out += ", " + python_repr(*t.zone);
      out += ")";
    }
  }
  return out + ")";
}

bool same_moment(const DateTime& a, const DateTime& b) {
  return a.offset.has_value() == b.offset.has_value() && seconds_of(a) == seconds_of(b) &&
         a.microsecond == b.microsecond;
}

}  // namespace caravan

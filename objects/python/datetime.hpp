// Dates and times as iso8601 and OVO read and write them (ovo-semantics 3, DateTime).
#pragma once

#include <optional>
#include <string>

namespace caravan {

/// Wall clock time; `offset` seconds east of UTC, absent when naive. The zone's name goes out on the wire.
struct DateTime {
  int year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0, microsecond = 0;
  std::optional<int> offset;
  std::optional<std::string> zone;
};

/// Reads what iso8601 1.0.2 reads, odd readings included. Throws ObjectError ValueError.
DateTime parse_datetime(const std::string& text);
/// Reads "2024-01-02T03:04:05[.ffffff]" without a zone; used for encoded values.
DateTime parse_wall(const std::string& text);
/// The wire form. Throws ObjectError TypeError for a zone without a name.
std::string datetime_wire(const DateTime& time);
/// "2024-01-02T03:04:05[.ffffff]"
std::string wall_text(const DateTime& time);
/// Python's str(): "2024-01-02 03:04:05.000006+00:00".
std::string datetime_text(const DateTime& time);
/// Python's repr(): "datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)".
std::string datetime_repr(const DateTime& time);
/// Python's ==: aware values by their moment, a naive one never equals an aware one.
bool same_moment(const DateTime& a, const DateTime& b);

}  // namespace caravan

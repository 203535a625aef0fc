// What lint takes from the judge, by name: what a contract lets an object become, and how values are
// compared.
#pragma once

#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"
#include "reports/facts/wire.hpp"
#include "reports/facts/writes.hpp"

namespace caravan::lint {

using reports::equal_to_user;
using reports::exists_at;
using reports::illegal_value;
using reports::member;
using reports::name_at;
using reports::part_at;
using reports::project;
using reports::Projected;
using reports::put_part;
using reports::read_version;
using reports::Reason;
using reports::same;
using reports::shown;
using reports::text_at;
using reports::wrong_value;

}  // namespace caravan::lint

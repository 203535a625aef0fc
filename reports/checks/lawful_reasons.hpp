// Why an error may be right: what the contract, the history, or the state of a row at the time calls for. For
// the files of lawful errors alone.
#pragma once

#include <string>

#include "reports/checks/checks.hpp"

namespace caravan::reports {

/// Why the row, with its children, could not be told at these versions at some moment of the span.
Reason ever_refused(const RunFacts& c, const RowHistory& row, const std::string& release,
                    const Version* stamp, Event from, Event to);
/// Why a primitive (with its children) cannot be told at the versions of a manifest.
Reason primitive_refused(const RunFacts& c, const Primitive& primitive, const Json& versions);
/// Another row that has the same values in a unique set of columns, or a reference that does not hold.
Reason conflicts(const RunFacts& c, const ObjectHistory& object, const std::string& id, Event from, Event to);
/// A create or save whose values meet another row's, or point to a row that is not there.
Reason sent_conflicts(const RunFacts& c, const ObjectHistory& object, const Primitive& sent, Event from,
                      Event to);
/// A status from which the row may not go to the one that was sent.
Reason unlawful_step(const RunFacts& c, const ObjectHistory& object, const std::string& id,
                     const Json& sent_status, Event from, Event to);
/// A state in which the client's method is not taken, though the life may have the same step from there.
Reason not_taken(const RunFacts& c, const ObjectHistory& object, const std::string& id,
                 const std::string& method, Event from, Event to);
/// Whether the history keeps what the caller's version does not know from being acted on, here or in a child.
bool may_refuse_act(const RunFacts& c, const std::string& name, const Json* versions,
                    const std::string& label);
/// A row that the end of its owner has destroyed for good, as the history declares it.
bool owner_ended(const RunFacts& c, const ObjectHistory& object, const Primitive& sent, Event from, Event to);
/// A process with the database open was stopped meanwhile, perhaps with its lock, or a migration had it.
bool locked_out(const RunFacts& c, Event from, Event to);

/// Why the api's release has it refuse the operation. `broad`: also what a release may refuse for the
/// value's sake, though its objects do not enforce it.
Reason refusable(const RunFacts& c, const ClientOp& op, bool broad);

}  // namespace caravan::reports

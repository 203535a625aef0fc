// What became of operations, nodes and runs, in the words of the run file (docs/run-file.md).
#pragma once

#include "objects/vocabulary/words.hpp"

namespace caravan {

/// `op` events: a client's operation begins, and is answered with a result or an error, or never.
enum class OpEdge { invoke, ok, fail, info };

/// `node` events: what an incarnation came to. From `stopped` on it has ended.
enum class NodeEvent {
  starting,
  ready,     ///< it said HELLO and was let in
  draining,  ///< it was told to stop
  stopped,   ///< as asked
  killed,    ///< by the plan
  exited,    ///< unasked
  late,      ///< it never said HELLO
  refused,   ///< it was not let in
};

/// `end` events.
enum class RunOutcome { complete, interrupted, failed };

template <>
struct Words<OpEdge> {
  static constexpr std::pair<OpEdge, const char*> all[] = {
      {OpEdge::invoke, "invoke"}, {OpEdge::ok, "ok"}, {OpEdge::fail, "fail"}, {OpEdge::info, "info"}};
};
template <>
struct Words<NodeEvent> {
  static constexpr std::pair<NodeEvent, const char*> all[] = {
      {NodeEvent::starting, "starting"}, {NodeEvent::ready, "ready"},    {NodeEvent::draining, "draining"},
      {NodeEvent::stopped, "stopped"},   {NodeEvent::killed, "killed"},  {NodeEvent::exited, "exited"},
      {NodeEvent::late, "late"},         {NodeEvent::refused, "refused"}};
};
template <>
struct Words<RunOutcome> {
  static constexpr std::pair<RunOutcome, const char*> all[] = {{RunOutcome::complete, "complete"},
                                                               {RunOutcome::interrupted, "interrupted"},
                                                               {RunOutcome::failed, "failed"}};
};

}  // namespace caravan

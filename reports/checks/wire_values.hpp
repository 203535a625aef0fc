// The second half of wire-schema: are the values in messages what the contracts make of the stored ones?
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/checks/checks.hpp"

namespace caravan::reports {

/// A witness about a field of a delivered primitive: its place, sender and receiver. No summary yet.
Witness wire_witness(const Message& message, const Delivery& delivery, const Primitive& primitive,
                     const std::string& field);

/// Both references must outlive this. Fails in `findings` for every value that differs.
class WireValues {
 public:
  WireValues(const RunFacts& facts, Findings& findings);
  /// One delivered message, with the primitives in it.
  void message(const Message& message, const Delivery& delivery, const std::vector<Found>& found);

 private:
  struct Mismatch {
    std::string object, row, field, text;
  };
  void get_reply(const Message& reply, const Delivery& delivery, const Message& question,
                 const Primitive& primitive, bool with_children);
  void list_reply(const Message& reply, const Delivery& delivery, const Message& question,
                  const std::vector<Found>& found);
  void action_reply(const Message& reply, const Delivery& delivery, const Message& question);
  void backport_reply(const Message& reply, const Delivery& delivery, const Message& question);
  void in_passing(const Message& message, const Delivery& delivery, const Primitive& primitive,
                  bool outermost);
  std::optional<Mismatch> match(const ObjectHistory& object, const RowHistory& row, const Json& data,
                                const Version& stamp, Event at, bool whole, bool with_children) const;
  std::optional<Mismatch> match_children(const RowHistory& row, const FieldHistory& field, const Json& value,
                                         Event at) const;
  std::optional<Mismatch> compare_backport(const Primitive& before, const Primitive& after) const;
  void report(const Message& message, const Delivery& delivery, const Primitive& primitive,
              const Mismatch& mismatch, const std::string& summary, std::vector<std::string> argument);

  /// A conductor leaves out what an api has nothing to do with: the secrets of classes that no method of the
  /// engine is about.
  bool withheld(const ObjectHistory& object, const Contract& contract) const;

  const RunFacts& c_;
  Findings& findings_;
  std::set<std::string> engine_classes_;  ///< what the methods are about, with all that hangs below
  bool to_api_ = false;                   ///< the message that is looked at
};

}  // namespace caravan::reports

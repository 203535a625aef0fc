// wire-schema (O1): what a receiver accepts is valid for its release and for its own stamp, recursively, and
// carries what the contracts make of the stored values.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/checks.hpp"
#include "reports/checks/wire_values.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

class WireSchema {
 public:
  WireSchema(const RunFacts& facts, Findings& findings)
      : c_(facts), findings_(findings), values_(facts, findings) {}

  void run() {
    for (const auto& message : c_.evidence.messages) {
      const auto found = primitives_in(message, c_.releases.prefix());
      for (const auto& delivery : message.deliveries) {
        if (!c_.evidence.incarnation(delivery.receiver)) continue;  // a client: it knows no versions
        for (const auto& item : found) accept(message, delivery, item);
        values_.message(message, delivery, found);
      }
    }
  }

 private:
  void accept(const Message& message, const Delivery& delivery, const Found& found) {
    findings_.owe();
    const auto wrong = too_new(c_.releases, found.primitive, delivery.release);
    if (wrong) {
      if (refuses_lawfully(message, delivery, found)) return;
      if (answered_with_refusal(message, delivery)) return;
      if (!acted_on(message, delivery)) return;
      Witness witness = witness_for(message, delivery, found.primitive, "");
      witness.summary = fmt::format("{} ({}) accepted what it cannot know: {}", delivery.receiver,
                                    delivery.release, *wrong);
      findings_.fail(std::move(witness));
    }
    content(message, delivery, found.primitive, found.path, 0);
  }

  /// Whether something that the receiver sent later was caused by it: else it may never have looked at it,
  /// stopped or dead as it was. A reply is handled under the message that its question was for.
  bool acted_on(const Message& message, const Delivery& delivery) const {
    const auto sent_because_of = [&](const Message& cause) {
      const auto by_receiver = [&](int index) {
        const auto& next = c_.evidence.messages[static_cast<std::size_t>(index)];
        return next.from == delivery.receiver && next.sent > delivery.event;
      };
      return (cause.reply >= 0 && by_receiver(cause.reply)) ||
             std::any_of(cause.caused.begin(), cause.caused.end(), by_receiver);
    };
    if (sent_because_of(message)) return true;
    if (!message.is_reply() || message.answers < 0) return false;
    const auto* root =
        c_.evidence.message(c_.evidence.messages[static_cast<std::size_t>(message.answers)].cause);
    return root && sent_because_of(*root);
  }

  /// An error reply says that it was not taken.
  bool answered_with_refusal(const Message& message, const Delivery& delivery) const {
    if (message.reply < 0)
      return message.method == "object_backport_versions" || complained_about(message, delivery);
    if (message.method == "object_backport_versions") {
      // The conductor asked must know the object; one that does not says so.
      const auto& reply = c_.evidence.messages[static_cast<std::size_t>(message.reply)];
      return !reply.error().is_null();
    }
    const auto& type = text_at(c_.evidence.messages[static_cast<std::size_t>(message.reply)].error(), "type");
    return type == "IncompatibleObjectVersion" || type == "UnsupportedObjectError";
  }

  /// Where nobody asks for backports, the receiver of a cast or reply can only complain; it may not act.
  bool complained_about(const Message& message, const Delivery& delivery) const {
    if (c_.evidence.compat() == Compatibility::backport) return false;
    for (const int index : message.caused) {
      const auto& next = c_.evidence.messages[static_cast<std::size_t>(index)];
      if (next.from == delivery.receiver && next.method == "object_action") return false;
    }
    if (message.is_reply()) {  // what it was asked for has to fail
      const auto& question = c_.evidence.messages[static_cast<std::size_t>(std::max(message.answers, 0))];
      const auto* root = message.answers < 0 ? nullptr : c_.evidence.message(question.cause);
      if (root && root->kind == "request")
        return root->reply < 0 ||
               !c_.evidence.messages[static_cast<std::size_t>(root->reply)].error().is_null();
    }
    for (const Event n : c_.evidence.of_kind("trouble")) {
      const Json& event = c_.evidence.event(n);
      if (n > delivery.event && text_at(event, "node") == node_of(delivery.receiver) &&
          says_too_new(text_at(event, "what")))
        return true;
    }
    return false;
  }

  bool refuses_lawfully(const Message& message, const Delivery& delivery, const Found& found) {
    const auto* refusal = refused_by(c_, message, delivery, found.primitive);
    if (!refusal) return false;
    if (message.is_reply()) return true;
    for (const int index : message.caused) {
      const auto& earlier = c_.evidence.messages[static_cast<std::size_t>(index)];
      if (earlier.from != delivery.receiver || earlier.sent >= refusal->sent ||
          earlier.method != "object_action")
        continue;
      const auto& action = text_at(earlier.args(), "objmethod");
      if (action != "create" && action != "save" && action != "destroy") continue;
      Witness witness = witness_for(message, delivery, found.primitive, "");
      witness.event = earlier.sent;
      witness.summary = fmt::format("{} refused {} {} only after acting on it", delivery.receiver,
                                    found.primitive.name, found.primitive.version);
      witness.argument.push_back(
          fmt::format("event {}: because of message {} it sent the {} {} to the conductor", earlier.sent,
                      message.id, action, earlier.id));
      witness.argument.push_back(fmt::format("event {}: only then it asked for a backport (message {})",
                                             refusal->sent, refusal->id));
      findings_.fail(std::move(witness));
      break;
    }
    return true;
  }

  void content(const Message& message, const Delivery& delivery, const Primitive& primitive,
               const std::string& path, int depth) {
    const auto complain = [&](const std::string& field, const std::string& summary) {
      Witness witness = witness_for(message, delivery, primitive, field);
      witness.summary = summary;
      witness.argument.push_back(fmt::format("the primitive is at {} of the message, stamped {} {}", path,
                                             primitive.name, primitive.version));
      findings_.fail(std::move(witness));
    };
    if (primitive.space != c_.releases.newest().project_namespace)
      complain("",
               fmt::format("a primitive of {} has the namespace \"{}\"", primitive.name, primitive.space));
    const auto stamp = read_version(primitive.version);
    if (!stamp) {
      complain("", fmt::format("a primitive of {} has the stamp \"{}\"", primitive.name, primitive.version));
      return;
    }
    const auto* spec = c_.releases.spec(primitive.name, *stamp);
    const auto* object = c_.releases.object(primitive.name);
    if (!spec || !object) {
      if (c_.releases.version(delivery.release, primitive.name))
        complain("", fmt::format("there is no version {} of {}", primitive.version, primitive.name));
      return;
    }
    for (auto it = primitive.data->begin(); it != primitive.data->end(); ++it) {
      findings_.owe();
      const auto* field = spec->field(it.key());
      if (!field) {
        const auto* known = object->by_name(it.key());
        const std::string since =
            known && known->contract->since ? ", which came with " + known->contract->since->text() : "";
        complain(it.key(),
                 fmt::format("{} {} sent to {} ({}) carries the field {}{}; {} {} has no such field",
                             primitive.name, primitive.version, delivery.receiver, delivery.release, it.key(),
                             since, primitive.name, primitive.version));
        continue;
      }
      auto wrong = wrong_value(*field, it.value());
      if (const auto* known = object->field(it.key(), *stamp); !wrong && known)
        wrong = illegal_value(*known->contract, *stamp, it.value());
      if (wrong) {
        complain(it.key(), fmt::format("{}.{} of version {} sent to {} ({}): {}", primitive.name, it.key(),
                                       primitive.version, delivery.receiver, delivery.release, *wrong));
        continue;
      }
      nested(message, delivery, *field, it.value(), fmt::format("{}.{}", path, it.key()), depth);
    }
    if (primitive.changes)
      for (const auto& name : *primitive.changes) {
        findings_.owe();
        if (!name.is_string() || !spec->field(name.get<std::string>()))
          complain(name.is_string() ? name.get<std::string>() : "",
                   fmt::format("`changes` of {} {} names {}, which is not a field of that version",
                               primitive.name, primitive.version, shown(name)));
      }
  }

  void nested(const Message& message, const Delivery& delivery, const FieldSpec& field, const Json& value,
              const std::string& path, int depth) {
    if (depth > 20) return;
    const auto one = [&](const Json& json, const std::string& where) {
      const auto child = read_primitive(json, c_.releases.prefix());
      if (!child) {
        Witness witness;
        witness.event = delivery.event;
        witness.field = field.name;
        witness.summary = fmt::format("{} of message {} is not a primitive, but the field holds {}", where,
                                      message.id, field.type.object);
        findings_.fail(std::move(witness));
        return;
      }
      if (!field.type.object.empty() && child->name != field.type.object && !field.type.subclasses) {
        Witness witness = witness_for(message, delivery, *child, "");
        witness.summary = fmt::format("{} of message {} holds a {}, but the field holds {}", where,
                                      message.id, child->name, field.type.object);
        findings_.fail(std::move(witness));
      }
      content(message, delivery, *child, where, depth + 1);
    };
    if (field.type.name == "Object" && value.is_object()) one(value, path);
    if (field.type.name == "ListOfObjects" && value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i) one(value[i], fmt::format("{}[{}]", path, i));
  }

  Witness witness_for(const Message& message, const Delivery& delivery, const Primitive& primitive,
                      const std::string& field) const {
    return wire_witness(message, delivery, primitive, field);
  }

  const RunFacts& c_;
  Findings& findings_;
  WireValues values_;
};

}  // namespace

void check_wire_schema(const RunFacts& c, Findings& findings) { WireSchema(c, findings).run(); }

}  // namespace caravan::reports

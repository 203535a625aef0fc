// The smallest example of a cause: what can be left out of it without the fault going away.
#include <algorithm>
#include <cstring>
#include <optional>

#include "reports/lint/causes.hpp"

namespace caravan::lint {
namespace {

class Shrinker {
 public:
  Shrinker(const Promises& promise, const Conversions& conversions)
      : promise_(promise), conversions_(conversions) {}

  void shrink_fields(Cause& one) {
    if (!promise_.is_primitive(one.example.before)) return;
    Json names = Json::array();
    for (auto it = one.example.before[promise_.data_key].begin();
         it != one.example.before[promise_.data_key].end(); ++it)
      names.push_back(it.key());
    if (names.size() == 1) return shrink_children(one);
    for (const auto& name : names) {
      Asked less = one.example;
      leave_out(less.before, name.get<std::string>());
      auto after = shown_by(less, one);
      if (!after) continue;
      one.example = std::move(less);
      one.example.after = std::move(*after);
    }
    shrink_children(one);
  }

 private:
  /// What the conversion makes of it, if that shows the same fault.
  std::optional<Json> shown_by(const Asked& asked, const Cause& one) {
    const auto result = asked.forward ? conversions_.forward(asked.before, asked.target, *asked.manifest)
                                      : conversions_.backport(asked.before, asked.target, *asked.manifest);
    for (const auto& fault : Judge(promise_).judge(leg_of(asked, Whole::taken), result)) {
      if (std::strcmp(fault.type, one.fault.type) != 0 || fault.object != one.fault.object ||
          fault.field != one.fault.field || fault.value != one.fault.value)
        continue;
      return result.kind == Conversion::Kind::primitive ? result.primitive : Json(result.error);
    }
    return std::nullopt;
  }

  void leave_out(Json& primitive, const std::string& field) const {
    primitive[promise_.data_key].erase(field);
    const auto found = primitive.find(promise_.changes_key);
    if (found == primitive.end()) return;
    found->erase(std::remove(found->begin(), found->end(), Json(field)), found->end());
    if (found->empty()) primitive.erase(promise_.changes_key);
  }

  void shrink_children(Cause& one) {
    const Json fields = one.example.before[promise_.data_key];
    for (const auto& item : fields.items()) {
      const Json& list = item.value();
      if (!list.is_array() || list.empty() || !promise_.is_primitive(list.front())) continue;
      for (const auto& keep : list) {
        Asked less = one.example;
        less.before[promise_.data_key][item.key()] = Json::array({keep});
        const Json inner = keep.at(promise_.data_key);
        for (const auto& field : inner.items()) {
          Asked still = less;
          leave_out(still.before[promise_.data_key][item.key()][0], field.key());
          if (shown_by(still, one)) less = std::move(still);
        }
        auto after = shown_by(less, one);
        if (!after) continue;
        one.example = std::move(less);
        one.example.after = std::move(*after);
        break;
      }
    }
  }

  const Promises& promise_;
  const Conversions& conversions_;
};

}  // namespace

void shrink(const Promises& promise, const Conversions& conversions, Cause& one) {
  Shrinker(promise, conversions).shrink_fields(one);
}

}  // namespace caravan::lint

// Many texts looked for at once: the time depends on what is searched and found, not on how many are looked
// for (Aho-Corasick). Text comes in pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace caravan::harness {

/// Copies the texts. Keeps its place between two pieces, so one stream at a time.
class Finder {
 public:
  /// Empty texts are never found. Doubles are found each.
  explicit Finder(const std::vector<std::string_view>& texts);

  /// Goes on from where the last piece ended. Calls `found` with the index of each text that ends in this
  /// piece, in the order of their ends.
  void search(std::string_view piece, const std::function<void(std::size_t)>& found);
  /// Forgets what went before.
  void restart() { state_ = root; }

 private:
  using State = std::int32_t;
  static constexpr State none = -1, root = 0;
  struct Node {
    State child = none, sibling = none;  ///< first child, next one of the same parent
    State shorter = root;                ///< the longest proper suffix that is in the tree
    State ends = none;  ///< the nearest node on the way of `shorter`, this one included, with texts
    unsigned char byte = 0;
    std::int32_t text = none;  ///< the last text that ends here; the others by `same_`
  };
  State child(State parent, unsigned char byte) const;
  State step(State state, unsigned char byte) const;
  void link();

  std::vector<Node> nodes_;
  std::vector<State> first_;        ///< children of the root, by byte
  std::vector<std::int32_t> same_;  ///< text -> the text before it that is equal
  State state_ = root;
};

}  // namespace caravan::harness

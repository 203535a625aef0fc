#include "harness/run/finder.hpp"

namespace caravan::harness {

Finder::Finder(const std::vector<std::string_view>& texts)
    : nodes_(1), first_(256, none), same_(texts.size(), none) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    State at = root;
    for (const char c : texts[i]) {
      const auto byte = static_cast<unsigned char>(c);
      State next = child(at, byte);
      if (next == none) {
        next = static_cast<State>(nodes_.size());
        Node made;
        made.byte = byte;
        made.sibling = nodes_[static_cast<std::size_t>(at)].child;
        nodes_.push_back(made);
        nodes_[static_cast<std::size_t>(at)].child = next;
        if (at == root) first_[byte] = next;
      }
      at = next;
    }
    same_[i] = nodes_[static_cast<std::size_t>(at)].text;
    nodes_[static_cast<std::size_t>(at)].text = static_cast<std::int32_t>(i);
  }
  link();
}

Finder::State Finder::child(State parent, unsigned char byte) const {
  if (parent == root) return first_[byte];
  for (State at = nodes_[static_cast<std::size_t>(parent)].child; at != none;
       at = nodes_[static_cast<std::size_t>(at)].sibling)
    if (nodes_[static_cast<std::size_t>(at)].byte == byte) return at;
  return none;
}

Finder::State Finder::step(State state, unsigned char byte) const {
  for (;; state = nodes_[static_cast<std::size_t>(state)].shorter) {
    const State next = child(state, byte);
    if (next != none) return next;
    if (state == root) return root;
  }
}

// Breadth first: what a node falls back to is shorter, so it is done already.
void Finder::link() {
  std::vector<State> row = {root};
  while (!row.empty()) {
    std::vector<State> below;
    for (const State parent : row)
      for (State at = nodes_[static_cast<std::size_t>(parent)].child; at != none;
           at = nodes_[static_cast<std::size_t>(at)].sibling) {
        Node& node = nodes_[static_cast<std::size_t>(at)];
        node.shorter =
            parent == root ? root : step(nodes_[static_cast<std::size_t>(parent)].shorter, node.byte);
        node.ends = node.text != none ? at : nodes_[static_cast<std::size_t>(node.shorter)].ends;
        below.push_back(at);
      }
    row.swap(below);
  }
}

void Finder::search(std::string_view piece, const std::function<void(std::size_t)>& found) {
  for (const char c : piece) {
    state_ = step(state_, static_cast<unsigned char>(c));
    State at = nodes_[static_cast<std::size_t>(state_)].ends;
    while (at != none) {
      const Node& node = nodes_[static_cast<std::size_t>(at)];
      for (std::int32_t text = node.text; text != none; text = same_[static_cast<std::size_t>(text)])
        found(static_cast<std::size_t>(text));
      at = nodes_[static_cast<std::size_t>(node.shorter)].ends;
    }
  }
}

}  // namespace caravan::harness

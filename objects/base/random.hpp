// The project's own generator, SplitMix64: the same seed gives the same numbers on every machine and library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace caravan {

/// One step of SplitMix64: a number that says nothing about `value`.
constexpr std::uint64_t splitmix64(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

/// A stream of numbers that follows from its seed alone. A copy goes on with the same numbers.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// The next number of the stream: any of 64 bits.
  std::uint64_t next() {
    const auto number = splitmix64(state_);
    state_ += 0x9E3779B97F4A7C15ULL;
    return number;
  }

  /// 0 to bound-1; bound > 0. The bias of the remainder is below 2^-40 for the bounds in use.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

  bool chance(unsigned percent) { return below(100) < percent; }  ///< true `percent` times in a hundred

  /// One of them; there must be one.
  template <typename T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

  /// Into an order that the stream decides.
  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  /// An independent stream for one purpose, so that more numbers here change nothing there.
  Random fork(std::uint64_t purpose) const {
    return Random(Random(state_ ^ (purpose * 0xD1342543DE82EF95ULL)).next());
  }

 private:
  std::uint64_t state_;
};

}  // namespace caravan

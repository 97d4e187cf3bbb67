#pragma once

#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/testing/failure.h"
#include "netkit/testing/framing_contract.h"

// What the checks of the contract are written with.

namespace netkit::testing::contract {

inline void expect(bool holds, const std::string& where, const std::string& what = "") {
  if (!holds) throw TestFailure(where + (what.empty() ? "" : ": " + what));
}
inline void expect(const std::string& where, bool holds) { expect(holds, where); }

template <class T>
void expect_equal(const std::string& where, const T& expected, const T& found) {
  if (expected == found) return;
  std::ostringstream text;
  text << where << ": expected " << expected << ", found " << found;
  throw TestFailure(text.str());
}

/// All the samples of a subject, `times` times, as one stream, and what it decodes to.
struct Stream {
  explicit Stream(const Subject& subject, int times = 1) {
    for (int i = 0; i < times; ++i) {
      for (const Sample& sample : subject.samples) {
        add(sample);
      }
    }
  }

  void add(const Sample& sample) {
    wire += sample.wire;
    expected.replies += sample.reply;
    if (!sample.control) expected.messages.push_back({sample.body, sample.attributes});
  }

  std::string wire;
  Decoding expected;
};

constexpr std::size_t kShort = 40;  ///< Streams up to this size are split at every pair of points.

inline std::vector<std::string_view> single_bytes(std::string_view wire) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < wire.size(); ++i) pieces.push_back(wire.substr(i, 1));
  return pieces;
}

/// Calls `check(pieces)` for the whole, for single bytes, for every split point and, where short, every pair of them.
template <class Check>
void for_every_split(std::string_view wire, Check check) {
  check({wire});
  check(single_bytes(wire));
  for (std::size_t first = 0; first <= wire.size(); ++first) {
    check({wire.substr(0, first), wire.substr(first)});
    if (wire.size() > kShort) continue;
    for (std::size_t second = first; second <= wire.size(); ++second) {
      check({wire.substr(0, first), wire.substr(first, second - first), wire.substr(second)});
    }
  }
}

/// What is appended to a buffer by `write`, which may refuse to. Throws std::logic_error if it refuses but appends.
template <class Write>
std::string appended(Write write) {
  Buffer out;
  out.append("before");
  try {
    write(out);
  } catch (const std::length_error&) {
    if (out.view() != "before") throw std::logic_error("something is on the wire of what was refused");
  }
  return std::string(out.view().substr(6));
}

inline Step decode(const Subject& subject, std::string_view bytes) {
  return decode_once(TestedFraming(subject.type, subject.settings), bytes);
}

}  // namespace netkit::testing::contract

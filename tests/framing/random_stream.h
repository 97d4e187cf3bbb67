#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "framing/subjects.h"
#include "netkit/testing/framing_driver.h"

namespace netkit::testing {

/// Small choices from one seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  /// From 0 to `count` - 1.
  std::size_t below(std::size_t count) { return bits_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 bits_;
};

/// A subject with its framing made once, for many streams.
struct MadeSubject {
  explicit MadeSubject(const Subject& of) : subject(of), framing(of.type, of.settings) {}
  const Subject& subject;
  TestedFraming framing;
};

/// All the subjects(), made once.
const std::vector<MadeSubject>& made_subjects();

/// Bytes as a peer may send them: messages of random bodies and sizes and the subject's samples and streams, at times
/// with bad bytes among them, one byte altered, or the end missing.
std::string random_stream(const MadeSubject& made, Random& random);

/// The stream cut at random places: into single bytes, a few pieces or many, some of them of several messages.
std::vector<std::string_view> random_pieces(std::string_view stream, Random& random);

/// Calls `check(made, seed)` for every subject in turn, `cases` times in all (a tenth of that under a sanitizer), each
/// time with another seed. They follow on NETKIT_SEED, or on one that differs from run to run; what `check` throws
/// should name its seed. Prints how many cases there were.
template <class Check>
void for_random_cases(std::size_t cases, Check check);

/// Where for_random_cases begins, and how many cases it runs.
std::uint64_t first_seed();
std::size_t affordable(std::size_t cases);
void print_cases(std::size_t cases, std::uint64_t seed);

template <class Check>
void for_random_cases(std::size_t cases, Check check) {
  const std::uint64_t seed = first_seed();
  const std::size_t count = affordable(cases);
  for (std::size_t i = 0; i < count; ++i) check(made_subjects()[(seed + i) % made_subjects().size()], seed + i);
  print_cases(count, seed);
}

/// How to run the case of that seed again.
std::string again(const MadeSubject& made, std::uint64_t seed);

}  // namespace netkit::testing

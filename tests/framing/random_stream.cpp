#include "framing/random_stream.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace netkit::testing {
namespace {

using namespace std::string_view_literals;

/// Bytes that mean something to one framing or another are frequent.
std::string random_body(std::size_t size, Random& random) {
  constexpr std::string_view kBytes = "ab;\r\n\0,:0159-END\xff\xfe\x80{}\"\xc0\xdb\xdc"sv;
  const bool any = random.one_in(3);
  std::string body(size, '\0');
  for (char& byte : body) byte = any ? static_cast<char>(random.below(256)) : kBytes[random.below(kBytes.size())];
  return body;
}

std::size_t random_size(Random& random) { return random.below(random.one_in(8) ? 300 : 20); }

std::string random_message(const MadeSubject& made, Random& random) {
  const auto& samples = made.subject.samples;
  const Sample& sample = samples[random.below(samples.size())];
  if (random.one_in(3)) return sample.wire;
  const auto& streams = made.subject.streams;
  if (!streams.empty() && random.one_in(6)) return streams[random.below(streams.size())].wire;
  const std::size_t only_size = made.subject.only_size;
  try {
    return made.framing.encode(random_body(only_size > 0 ? only_size : random_size(random), random));
  } catch (const std::length_error&) {
    return sample.wire;
  }
}

}  // namespace

const std::vector<MadeSubject>& made_subjects() {
  static const std::vector<MadeSubject> all(subjects().begin(), subjects().end());
  return all;
}

std::string random_stream(const MadeSubject& made, Random& random) {
  const auto& malformed = made.subject.malformed;
  std::string stream;
  for (std::size_t count = random.below(random.one_in(10) ? 60 : 8); count > 0; --count) {
    const bool bad = !malformed.empty() && random.one_in(20);
    stream += bad ? malformed[random.below(malformed.size())].wire : random_message(made, random);
  }
  if (!stream.empty() && random.one_in(6)) stream[random.below(stream.size())] = static_cast<char>(random.below(256));
  if (!stream.empty() && random.one_in(4)) stream.resize(random.below(stream.size()));
  return stream;
}

std::vector<std::string_view> random_pieces(std::string_view stream, Random& random) {
  constexpr std::size_t kLongest[] = {1, 2, 9, 40, 1000};
  const std::size_t longest = kLongest[random.below(std::size(kLongest))];
  std::vector<std::string_view> pieces;
  while (!stream.empty()) {
    const std::size_t size = std::min(stream.size(), 1 + random.below(longest));
    pieces.push_back(stream.substr(0, size));
    stream.remove_prefix(size);
  }
  return pieces;
}

std::uint64_t first_seed() {
  const char* given = std::getenv("NETKIT_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::size_t affordable(std::size_t cases) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return cases / 10;
#else
  return cases;
#endif
}

void print_cases(std::size_t cases, std::uint64_t seed) {
  std::cerr << " (" << cases << " cases, seeds from " << seed << ")";
}

std::string again(const MadeSubject& made, std::uint64_t seed) {
  return made.subject.name() + ", again with NETKIT_SEED=" + std::to_string(seed);
}

}  // namespace netkit::testing

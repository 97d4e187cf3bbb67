#include "netkit/testing/framing_contract.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "netkit/testing/failure.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kShort = 40;  ///< Streams up to this size are split at every pair of points.

void expect(bool holds, const std::string& where, const std::string& what = "") {
  if (!holds) throw TestFailure(where + (what.empty() ? "" : ": " + what));
}
void expect(const std::string& where, bool holds) { expect(holds, where); }

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

std::vector<std::string_view> single_bytes(std::string_view wire) {
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

constexpr std::uint64_t kSizes[] = {0,     1,     2,       3,          4,           255,       256,
                                    65535, 65536, 1 << 24, 0xffffffff, 0x100000000, UINT64_MAX};

/// What may happen between a decoder's call and the use of what it returned: other conversations of the same framing
/// go on, and this one's encoder writes.
void meddle(const Subject& subject, const TestedFraming& framing, Encoder& encoder) {
  const auto other = framing.decoder();
  for (const Sample& sample : subject.samples) other->decode(sample.wire);
  const auto refused = framing.decoder();
  if (!subject.malformed.empty()) refused->decode(subject.malformed.back().wire);
  appended([&](Buffer& out) { encoder.encode({}, std::string(64, 'm'), out); });
}

Step decode(const Subject& subject, std::string_view bytes) {
  return decode_once(TestedFraming(subject.type, subject.settings), bytes);
}

Settings with(Settings settings, const std::string& option, const std::string& text) {
  std::erase_if(settings, [&](const auto& setting) { return setting.first == option; });
  settings.emplace_back(option, text);
  return settings;
}

void expect_sample(const Subject& subject, const Sample& sample, const Step& step) {
  const std::string where = subject.name() + " " + in_hex(sample.wire) + " " + step.reason;
  const auto expected = sample.control ? Decoded::Status::control : Decoded::Status::message;
  expect(where, step.status == expected);
  expect_equal(where, sample.wire.size(), step.size);
  expect_equal(where, in_hex(sample.body), in_hex(step.body));
  expect(where + " has other attributes", sample.attributes == step.attributes);
  expect_equal(where, in_hex(sample.reply), in_hex(step.reply));
}

void expect_any_split(const Subject& subject, std::string_view wire, const Decoding& expected) {
  const TestedFraming framing(subject.type, subject.settings);
  for_every_split(wire, [&](const std::vector<std::string_view>& pieces) {
    const auto decoder = framing.decoder();
    const Decoding decoding = decode_to_end(*decoder, pieces);
    if (decoding == expected) return;  // the text below is costly
    expect_equal(subject.name() + " " + in_hex(pieces.front()), expected, decoding);
  });
}

void a_message_is_found_and_takes_just_its_bytes(const Subject& subject) {
  for (const Sample& sample : subject.samples) expect_sample(subject, sample, decode(subject, sample.wire));
}

void bytes_behind_a_message_are_left_alone(const Subject& subject) {
  if (!subject.delimits) return;
  for (const Sample& sample : subject.samples) {
    expect_sample(subject, sample, decode(subject, sample.wire + sample.wire));
    expect_sample(subject, sample, decode(subject, sample.wire + std::string(100, '\xff')));
  }
}

void every_prefix_needs_more_and_says_an_honest_size(const Subject& subject) {
  if (!subject.delimits) return;
  for (const Sample& sample : subject.samples) {
    for (std::size_t size = 0; size < sample.wire.size(); ++size) {
      const Step step = decode(subject, sample.wire.substr(0, size));
      const std::string where = subject.name() + " " + in_hex(sample.wire.substr(0, size));
      expect(where, step.status == Decoded::Status::need_more);
      const bool known = sample.size_known > 0 && size >= sample.size_known;
      const bool right = step.size == sample.wire.size() || (step.size == 0 && !known);
      expect(where + " says " + std::to_string(step.size), right);
    }
  }
}

void any_split_gives_the_same_messages(const Subject& subject) {
  if (!subject.delimits) return;
  const Stream stream(subject);
  expect_any_split(subject, stream.wire, stream.expected);
  for (const Sample& sample : subject.samples) {
    Stream one(subject, 0);
    one.add(sample);
    expect_any_split(subject, one.wire, one.expected);
  }
}

void a_thousand_messages_in_one_read_are_all_found(const Subject& subject) {
  if (!subject.delimits) return;
  const Stream stream(subject, 1000 / static_cast<int>(subject.samples.size()) + 1);
  const auto decoder = TestedFraming(subject.type, subject.settings).decoder();
  std::string_view rest = stream.wire;
  std::size_t messages = 0;
  while (!rest.empty()) {
    const Decoded decoded = decoder->decode(rest);
    const bool message = decoded.status == Decoded::Status::message;
    expect(subject.name(), message || decoded.status == Decoded::Status::control);
    expect(subject.name(), decoded.size >= 1 && decoded.size <= rest.size());
    rest.remove_prefix(decoded.size);
    if (!message) continue;
    expect_equal(subject.name(), stream.expected.messages.at(messages++).body, std::string(decoded.message.body));
  }
  expect_equal(subject.name(), stream.expected.messages.size(), messages);
}

void bad_bytes_are_refused_at_the_first_one_that_shows_it(const Subject& subject) {
  for (const Malformed& malformed : subject.malformed) {
    const std::string where = subject.name() + " " + in_hex(malformed.wire);
    const Step step = decode(subject, malformed.wire);
    expect(where, step.status == Decoded::Status::malformed);
    expect_equal(where, malformed.reason, step.reason);
    for (std::size_t size = 0; subject.delimits && size < malformed.wire.size(); ++size) {
      const Step before = decode(subject, malformed.wire.substr(0, size));
      expect(where + " too early", before.status == Decoded::Status::need_more);
    }
  }
}

void bad_bytes_are_refused_alike_for_any_split_behind_good_messages(const Subject& subject) {
  if (!subject.delimits) return;
  for (const Malformed& malformed : subject.malformed) {
    Stream stream(subject);
    stream.expected.reason = malformed.reason;
    expect_any_split(subject, stream.wire + malformed.wire + "more", stream.expected);
  }
}

void the_encoder_writes_the_sample_bytes(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    if (!sample.encoded) continue;
    expect_equal(subject.name(), in_hex(sample.wire), in_hex(framing.encode(sample.body)));
  }
}

void what_was_encoded_is_decoded_to_itself(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    if (sample.control) continue;
    const Step step = decode(subject, framing.encode(sample.body));
    expect(subject.name(), step.status == Decoded::Status::message);
    expect_equal(subject.name(), in_hex(sample.body), in_hex(step.body));
  }
}

void the_largest_message_passes_and_one_more_byte_does_not(const Subject& subject) {
  if (!subject.has_limit) return;
  constexpr std::size_t kMax = 120;
  const TestedFraming framing(subject.type, with(subject.settings, "max", std::to_string(kMax)));
  const std::string& ending = subject.ending;
  for (const std::size_t size : {kMax - 1, kMax, kMax + 1}) {
    const Step step = decode_once(framing, framing.encode(std::string(size - ending.size(), 'b') + ending));
    const std::string where = subject.name() + " " + std::to_string(size);
    const auto expected = size <= kMax ? Decoded::Status::message : Decoded::Status::malformed;
    expect(where, step.status == expected);
    if (size <= kMax) expect_equal(where, size, step.body.size());
  }
}

void what_is_refused_leaves_nothing_on_the_wire(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const std::uint64_t size : kSizes) framing.refusal(size, Attributes().add("name", std::string(300, 'n')));
  for (const std::size_t size : {0, 1, 2, 3, 4, 200, 255, 256, 65535, 65536}) {
    const std::string body(size, 'b');
    const auto encoder = framing.encoder();
    appended([&](Buffer& out) { encoder->encode({}, body, out); });
  }
}

void a_streamed_body_looks_the_same_for_any_split(const Subject& subject) {
  if (subject.end_reads_body) return;
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    if (sample.control) continue;
    const std::string whole = framing.encode(sample.body);
    for_every_split(sample.body, [&](const std::vector<std::string_view>& pieces) {
      expect_equal(subject.name(), in_hex(whole), in_hex(framing.encode_streamed(pieces)));
    });
  }
}

void what_a_call_ends_with_is_no_message(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  const auto encoder = framing.encoder();
  const std::string end = appended([&](Buffer& out) { encoder->end_call(out); });
  expect(subject.name(), encoder->ends_calls() || end.empty());
  if (!subject.delimits) return;
  const Sample& sample = subject.samples.front();
  const std::string wire = framing.encode(sample.body) + end;
  const auto decoder = framing.decoder();
  const Decoding decoding = decode_to_end(*decoder, {wire, wire});
  expect_equal(subject.name(), std::size_t{2}, decoding.messages.size());
  expect_equal(subject.name(), in_hex(sample.body), in_hex(decoding.messages.back().body));
  expect(subject.name(), decoding.rest.empty());
}

void views_last_until_the_next_call_of_their_decoder(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    const Codec codec = framing.codec();
    const Decoded decoded = codec.decoder->decode(sample.wire);
    meddle(subject, framing, *codec.encoder);
    expect_equal(subject.name(), in_hex(sample.body), in_hex(decoded.message.body));
    expect_equal(subject.name(), in_hex(sample.reply), in_hex(decoded.reply));
    const Attributes* attributes = decoded.message.attributes;
    expect(subject.name(), attributes == nullptr ? sample.attributes.empty() : *attributes == sample.attributes);
  }
  for (const Malformed& malformed : subject.malformed) {
    const Codec codec = framing.codec();
    const Decoded decoded = codec.decoder->decode(malformed.wire);
    meddle(subject, framing, *codec.encoder);
    expect_equal(subject.name(), malformed.reason, std::string(decoded.reason));
  }
}

void streams_decode_alike_for_any_split(const Subject& subject) {
  for (const StreamSample& stream : subject.streams) expect_any_split(subject, stream.wire, stream.expected);
}

void an_end_without_a_rest_makes_no_message(const Subject& subject) {
  if (!subject.delimits) return;
  const Stream stream(subject);
  const auto decoder = TestedFraming(subject.type, subject.settings).decoder();
  expect_equal(subject.name(), stream.expected, decode_to_end(*decoder, {stream.wire}));
  const auto fresh = TestedFraming(subject.type, subject.settings).decoder();
  expect_equal(subject.name(), Decoding(), decode_to_end(*fresh, {}));
}

void the_decoders_of_two_conversations_share_no_state(const Subject& subject) {
  if (!subject.delimits) return;
  const TestedFraming framing(subject.type, subject.settings);
  const std::string& begun = subject.samples.front().wire;
  for (const Sample& sample : subject.samples) {
    if (sample.control) continue;
    const auto first = framing.decoder();
    decode_pieces(*first, {std::string_view(begun).substr(0, begun.size() - 1)});
    const auto second = framing.decoder();
    const Decoding decoding = decode_pieces(*second, {sample.wire});
    expect_equal(subject.name(), std::size_t{1}, decoding.messages.size());
    expect_equal(subject.name(), in_hex(sample.body), in_hex(decoding.messages.front().body));
  }
}

constexpr ContractCheck kChecks[] = {
    {"a_message_is_found_and_takes_just_its_bytes", a_message_is_found_and_takes_just_its_bytes},
    {"bytes_behind_a_message_are_left_alone", bytes_behind_a_message_are_left_alone},
    {"every_prefix_needs_more_and_says_an_honest_size", every_prefix_needs_more_and_says_an_honest_size},
    {"any_split_gives_the_same_messages", any_split_gives_the_same_messages},
    {"a_thousand_messages_in_one_read_are_all_found", a_thousand_messages_in_one_read_are_all_found},
    {"bad_bytes_are_refused_at_the_first_one_that_shows_it", bad_bytes_are_refused_at_the_first_one_that_shows_it},
    {"bad_bytes_are_refused_alike_for_any_split_behind_good_messages",
     bad_bytes_are_refused_alike_for_any_split_behind_good_messages},
    {"the_encoder_writes_the_sample_bytes", the_encoder_writes_the_sample_bytes},
    {"what_was_encoded_is_decoded_to_itself", what_was_encoded_is_decoded_to_itself},
    {"the_largest_message_passes_and_one_more_byte_does_not", the_largest_message_passes_and_one_more_byte_does_not},
    {"what_is_refused_leaves_nothing_on_the_wire", what_is_refused_leaves_nothing_on_the_wire},
    {"a_streamed_body_looks_the_same_for_any_split", a_streamed_body_looks_the_same_for_any_split},
    {"what_a_call_ends_with_is_no_message", what_a_call_ends_with_is_no_message},
    {"views_last_until_the_next_call_of_their_decoder", views_last_until_the_next_call_of_their_decoder},
    {"streams_decode_alike_for_any_split", streams_decode_alike_for_any_split},
    {"an_end_without_a_rest_makes_no_message", an_end_without_a_rest_makes_no_message},
    {"the_decoders_of_two_conversations_share_no_state", the_decoders_of_two_conversations_share_no_state},
};

}  // namespace

std::string Subject::name() const {
  std::string name = type.name;
  for (const auto& [option, text] : settings) name.append(",").append(option).append("=").append(text);
  return name;
}

std::span<const ContractCheck> contract_checks() { return kChecks; }

std::vector<std::string> broken_promises(const Subject& subject) {
  std::vector<std::string> broken;
  for (const ContractCheck& check : kChecks) {
    try {
      check.run(subject);
    } catch (const std::exception& error) {
      broken.push_back(std::string(check.name) + ": " + error.what());
    }
  }
  return broken;
}

void expect_contract(const Subject& subject) {
  std::string all;
  for (const std::string& one : broken_promises(subject)) all += (all.empty() ? "" : "\n") + one;
  if (!all.empty()) throw TestFailure(all);
}

Subject subject_of(const FramingType& type, const Settings& settings) {
  const TestedFraming framing(type, settings);
  Subject subject{.type = type, .settings = settings, .delimits = false};
  for (const char* body : {"hello", "a", "the quick brown fox jumps over the lazy dog"}) {
    const std::string wire = framing.encode(body);
    const Step step = decode_once(framing, wire);
    expect(in_hex(wire) + ", which stands for '" + body + "'",
           step.status == Decoded::Status::message && step.size == wire.size() && step.body == body);
    subject.samples.push_back({.wire = wire, .body = body, .attributes = step.attributes});
  }
  const std::string& wire = subject.samples.front().wire;
  subject.delimits = decode_once(framing, wire + wire).size == wire.size() && !type.needs_datagrams;
  subject.has_limit = subject.delimits;
  subject.end_reads_body = true;
  return subject;
}

std::string in_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, 80)) {
    const auto value = static_cast<unsigned char>(byte);
    text += {"0123456789abcdef"[value >> 4], "0123456789abcdef"[value & 15]};
  }
  return text;
}

}  // namespace netkit::testing

#include "framing/decoder_checks.h"

#include "framing/contract_support.h"

namespace netkit::testing::contract {
namespace {

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

/// What may happen between a decoder's call and the use of what it returned: other conversations of the same framing
/// go on, and this one's encoder writes.
void meddle(const Subject& subject, const TestedFraming& framing, Encoder& encoder) {
  const auto other = framing.decoder();
  for (const Sample& sample : subject.samples) other->decode(sample.wire);
  const auto refused = framing.decoder();
  if (!subject.malformed.empty()) refused->decode(subject.malformed.back().wire);
  appended([&](Buffer& out) { encoder.encode({}, std::string(64, 'm'), out); });
}

}  // namespace

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

}  // namespace netkit::testing::contract

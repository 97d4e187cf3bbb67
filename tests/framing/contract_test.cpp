#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <stdexcept>

#include "framing/driver.h"
#include "framing/subjects.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kShort = 40;  ///< Streams up to this size are split at every pair of points.

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, 80)) {
    const auto value = static_cast<unsigned char>(byte);
    text += {"0123456789abcdef"[value >> 4], "0123456789abcdef"[value & 15]};
  }
  return text;
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

/// What every framing promises, whatever its bytes look like.
class ContractTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ContractTest);
  CPPUNIT_TEST(a_message_is_found_and_takes_just_its_bytes);
  CPPUNIT_TEST(bytes_behind_a_message_are_left_alone);
  CPPUNIT_TEST(every_prefix_needs_more_and_says_an_honest_size);
  CPPUNIT_TEST(any_split_gives_the_same_messages);
  CPPUNIT_TEST(a_thousand_messages_in_one_read_are_all_found);
  CPPUNIT_TEST(bad_bytes_are_refused_at_the_first_one_that_shows_it);
  CPPUNIT_TEST(bad_bytes_are_refused_alike_for_any_split_behind_good_messages);
  CPPUNIT_TEST(the_encoder_writes_the_sample_bytes);
  CPPUNIT_TEST(what_was_encoded_is_decoded_to_itself);
  CPPUNIT_TEST(the_largest_message_passes_and_one_more_byte_does_not);
  CPPUNIT_TEST(what_is_refused_leaves_nothing_on_the_wire);
  CPPUNIT_TEST(a_streamed_body_looks_the_same_for_any_split);
  CPPUNIT_TEST(what_a_call_ends_with_is_no_message);
  CPPUNIT_TEST(views_last_until_the_next_call_of_their_decoder);
  CPPUNIT_TEST(streams_decode_alike_for_any_split);
  CPPUNIT_TEST(an_end_without_a_rest_makes_no_message);
  CPPUNIT_TEST(the_decoders_of_two_conversations_share_no_state);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_message_is_found_and_takes_just_its_bytes() {
    for (const Subject& subject : subjects()) {
      for (const Sample& sample : subject.samples) expect_sample(subject, sample, decode(subject, sample.wire));
    }
  }

  void bytes_behind_a_message_are_left_alone() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      for (const Sample& sample : subject.samples) {
        expect_sample(subject, sample, decode(subject, sample.wire + sample.wire));
        expect_sample(subject, sample, decode(subject, sample.wire + std::string(100, '\xff')));
      }
    }
  }

  void every_prefix_needs_more_and_says_an_honest_size() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      for (const Sample& sample : subject.samples) {
        for (std::size_t size = 0; size < sample.wire.size(); ++size) {
          const Step step = decode(subject, sample.wire.substr(0, size));
          const std::string where = subject.name() + " " + hex(sample.wire.substr(0, size));
          CPPUNIT_ASSERT_MESSAGE(where, step.status == Decoded::Status::need_more);
          const bool known = sample.size_known > 0 && size >= sample.size_known;
          const bool right = step.size == sample.wire.size() || (step.size == 0 && !known);
          CPPUNIT_ASSERT_MESSAGE(where + " says " + std::to_string(step.size), right);
        }
      }
    }
  }

  void any_split_gives_the_same_messages() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      const Stream stream(subject);
      expect_any_split(subject, stream.wire, stream.expected);
      for (const Sample& sample : subject.samples) {
        Stream one(subject, 0);
        one.add(sample);
        expect_any_split(subject, one.wire, one.expected);
      }
    }
  }

  void a_thousand_messages_in_one_read_are_all_found() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      const Stream stream(subject, 1000 / static_cast<int>(subject.samples.size()) + 1);
      const auto decoder = TestedFraming(subject.type, subject.settings).decoder();
      std::string_view rest = stream.wire;
      std::size_t messages = 0;
      while (!rest.empty()) {
        const Decoded decoded = decoder->decode(rest);
        const bool message = decoded.status == Decoded::Status::message;
        CPPUNIT_ASSERT_MESSAGE(subject.name(), message || decoded.status == Decoded::Status::control);
        CPPUNIT_ASSERT_MESSAGE(subject.name(), decoded.size >= 1 && decoded.size <= rest.size());
        rest.remove_prefix(decoded.size);
        if (!message) continue;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), stream.expected.messages.at(messages++).body,
                                     std::string(decoded.message.body));
      }
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), stream.expected.messages.size(), messages);
    }
  }

  void bad_bytes_are_refused_at_the_first_one_that_shows_it() {
    for (const Subject& subject : subjects()) {
      for (const Malformed& malformed : subject.malformed) {
        const std::string where = subject.name() + " " + hex(malformed.wire);
        const Step step = decode(subject, malformed.wire);
        CPPUNIT_ASSERT_MESSAGE(where, step.status == Decoded::Status::malformed);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, malformed.reason, step.reason);
        for (std::size_t size = 0; subject.delimits && size < malformed.wire.size(); ++size) {
          const Step before = decode(subject, malformed.wire.substr(0, size));
          CPPUNIT_ASSERT_MESSAGE(where + " too early", before.status == Decoded::Status::need_more);
        }
      }
    }
  }

  void bad_bytes_are_refused_alike_for_any_split_behind_good_messages() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      for (const Malformed& malformed : subject.malformed) {
        Stream stream(subject);
        stream.expected.reason = malformed.reason;
        expect_any_split(subject, stream.wire + malformed.wire + "more", stream.expected);
      }
    }
  }

  void the_encoder_writes_the_sample_bytes() {
    for (const Subject& subject : subjects()) {
      const TestedFraming framing(subject.type, subject.settings);
      for (const Sample& sample : subject.samples) {
        if (!sample.encoded) continue;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.wire), hex(framing.encode(sample.body)));
      }
    }
  }

  void what_was_encoded_is_decoded_to_itself() {
    for (const Subject& subject : subjects()) {
      const TestedFraming framing(subject.type, subject.settings);
      for (const Sample& sample : subject.samples) {
        if (sample.control) continue;
        const Step step = decode(subject, framing.encode(sample.body));
        CPPUNIT_ASSERT_MESSAGE(subject.name(), step.status == Decoded::Status::message);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.body), hex(step.body));
      }
    }
  }

  void the_largest_message_passes_and_one_more_byte_does_not() {
    for (const Subject& subject : subjects()) {
      if (!subject.has_limit) continue;
      constexpr std::size_t kMax = 120;
      const TestedFraming framing(subject.type, with(subject.settings, "max", std::to_string(kMax)));
      const std::string& ending = subject.ending;
      for (const std::size_t size : {kMax - 1, kMax, kMax + 1}) {
        const Step step = decode_once(framing, framing.encode(std::string(size - ending.size(), 'b') + ending));
        const std::string where = subject.name() + " " + std::to_string(size);
        const auto expected = size <= kMax ? Decoded::Status::message : Decoded::Status::malformed;
        CPPUNIT_ASSERT_MESSAGE(where, step.status == expected);
        if (size <= kMax) CPPUNIT_ASSERT_EQUAL_MESSAGE(where, size, step.body.size());
      }
    }
  }

  void what_is_refused_leaves_nothing_on_the_wire() {
    for (const Subject& subject : subjects()) {
      const TestedFraming framing(subject.type, subject.settings);
      for (const std::uint64_t size : kSizes) framing.refusal(size, Attributes().add("name", std::string(300, 'n')));
      for (const std::size_t size : {0, 1, 2, 3, 4, 200, 255, 256, 65535, 65536}) {
        const std::string body(size, 'b');
        const auto encoder = framing.encoder();
        appended([&](Buffer& out) { encoder->encode({}, body, out); });
      }
    }
  }

  void a_streamed_body_looks_the_same_for_any_split() {
    for (const Subject& subject : subjects()) {
      if (subject.end_reads_body) continue;
      const TestedFraming framing(subject.type, subject.settings);
      for (const Sample& sample : subject.samples) {
        if (sample.control) continue;
        const std::string whole = framing.encode(sample.body);
        for_every_split(sample.body, [&](const std::vector<std::string_view>& pieces) {
          CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(whole), hex(framing.encode_streamed(pieces)));
        });
      }
    }
  }

  void what_a_call_ends_with_is_no_message() {
    for (const Subject& subject : subjects()) {
      const TestedFraming framing(subject.type, subject.settings);
      const auto encoder = framing.encoder();
      const std::string end = appended([&](Buffer& out) { encoder->end_call(out); });
      CPPUNIT_ASSERT_MESSAGE(subject.name(), encoder->ends_calls() || end.empty());
      if (!subject.delimits) continue;
      const Sample& sample = subject.samples.front();
      const std::string wire = framing.encode(sample.body) + end;
      const auto decoder = framing.decoder();
      const Decoding decoding = decode_to_end(*decoder, {wire, wire});
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), std::size_t{2}, decoding.messages.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.body), hex(decoding.messages.back().body));
      CPPUNIT_ASSERT_MESSAGE(subject.name(), decoding.rest.empty());
    }
  }

  void views_last_until_the_next_call_of_their_decoder() {
    for (const Subject& subject : subjects()) {
      const TestedFraming framing(subject.type, subject.settings);
      for (const Sample& sample : subject.samples) {
        const Codec codec = framing.codec();
        const Decoded decoded = codec.decoder->decode(sample.wire);
        meddle(subject, framing, *codec.encoder);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.body), hex(decoded.message.body));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.reply), hex(decoded.reply));
        const Attributes* attributes = decoded.message.attributes;
        CPPUNIT_ASSERT_MESSAGE(subject.name(),
                               attributes == nullptr ? sample.attributes.empty() : *attributes == sample.attributes);
      }
      for (const Malformed& malformed : subject.malformed) {
        const Codec codec = framing.codec();
        const Decoded decoded = codec.decoder->decode(malformed.wire);
        meddle(subject, framing, *codec.encoder);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), malformed.reason, std::string(decoded.reason));
      }
    }
  }

  void streams_decode_alike_for_any_split() {
    for (const Subject& subject : subjects()) {
      for (const StreamSample& stream : subject.streams) expect_any_split(subject, stream.wire, stream.expected);
    }
  }

  void an_end_without_a_rest_makes_no_message() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      const Stream stream(subject);
      const auto decoder = TestedFraming(subject.type, subject.settings).decoder();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), stream.expected, decode_to_end(*decoder, {stream.wire}));
      const auto fresh = TestedFraming(subject.type, subject.settings).decoder();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), Decoding(), decode_to_end(*fresh, {}));
    }
  }

  void the_decoders_of_two_conversations_share_no_state() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      const TestedFraming framing(subject.type, subject.settings);
      const std::string& wire = subject.samples.front().wire;
      const auto first = framing.decoder();
      decode_pieces(*first, {std::string_view(wire).substr(0, wire.size() - 1)});
      const auto second = framing.decoder();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), std::size_t{1}, decode_pieces(*second, {wire}).messages.size());
    }
  }

 private:
  static constexpr std::uint64_t kSizes[] = {0,     1,     2,       3,          4,           255,       256,
                                             65535, 65536, 1 << 24, 0xffffffff, 0x100000000, UINT64_MAX};

  /// What may happen between a decoder's call and the use of what it returned: other conversations of the same framing
  /// go on, and this one's encoder writes.
  static void meddle(const Subject& subject, const TestedFraming& framing, Encoder& encoder) {
    const auto other = framing.decoder();
    for (const Sample& sample : subject.samples) other->decode(sample.wire);
    const auto refused = framing.decoder();
    if (!subject.malformed.empty()) refused->decode(subject.malformed.back().wire);
    appended([&](Buffer& out) { encoder.encode({}, std::string(64, 'm'), out); });
  }

  static Step decode(const Subject& subject, std::string_view bytes) {
    return decode_once(TestedFraming(subject.type, subject.settings), bytes);
  }

  static Settings with(Settings settings, const std::string& option, const std::string& text) {
    std::erase_if(settings, [&](const auto& setting) { return setting.first == option; });
    settings.emplace_back(option, text);
    return settings;
  }

  static void expect_sample(const Subject& subject, const Sample& sample, const Step& step) {
    const std::string where = subject.name() + " " + hex(sample.wire) + " " + step.reason;
    const auto expected = sample.control ? Decoded::Status::control : Decoded::Status::message;
    CPPUNIT_ASSERT_MESSAGE(where, step.status == expected);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, sample.wire.size(), step.size);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, hex(sample.body), hex(step.body));
    CPPUNIT_ASSERT_MESSAGE(where + " has other attributes", sample.attributes == step.attributes);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, hex(sample.reply), hex(step.reply));
  }

  static void expect_any_split(const Subject& subject, std::string_view wire, const Decoding& expected) {
    const TestedFraming framing(subject.type, subject.settings);
    for_every_split(wire, [&](const std::vector<std::string_view>& pieces) {
      const auto decoder = framing.decoder();
      const Decoding decoding = decode_to_end(*decoder, pieces);
      if (decoding == expected) return;  // the text below is costly
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name() + " " + hex(pieces.front()), expected, decoding);
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ContractTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/extensions/HelperMacros.h>

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
        wire += sample.wire;
        expected.messages.emplace_back(sample.header, sample.body);
      }
    }
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
  CPPUNIT_TEST(the_decoders_of_two_sessions_share_no_state);
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
        expect_any_split(subject, sample.wire, {{{sample.header, sample.body}}, "", ""});
      }
    }
  }

  void a_thousand_messages_in_one_read_are_all_found() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      const Stream stream(subject, 1000 / static_cast<int>(subject.samples.size()) + 1);
      const auto decoder = Framing(subject.framing, subject.settings).decoder();
      std::string_view rest = stream.wire;
      for (const auto& [header, body] : stream.expected.messages) {
        const Decoded decoded = decoder->decode(rest);
        CPPUNIT_ASSERT_MESSAGE(subject.name(), decoded.status == Decoded::Status::message);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), body, std::string(decoded.message.body));
        rest.remove_prefix(decoded.size);
      }
      CPPUNIT_ASSERT_MESSAGE(subject.name(), rest.empty());
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
      const Framing framing(subject.framing, subject.settings);
      for (const Sample& sample : subject.samples) {
        if (!sample.encoded) continue;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.wire), hex(framing.encode(sample.body)));
      }
    }
  }

  void what_was_encoded_is_decoded_to_itself() {
    for (const Subject& subject : subjects()) {
      const Framing framing(subject.framing, subject.settings);
      for (const Sample& sample : subject.samples) {
        const Step step = decode(subject, framing.encode(sample.body));
        CPPUNIT_ASSERT_MESSAGE(subject.name(), step.status == Decoded::Status::message);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), hex(sample.body), hex(step.body));
      }
    }
  }

  void the_largest_message_passes_and_one_more_byte_does_not() {
    for (const Subject& subject : subjects()) {
      if (subject.framing == "fixed" || subject.framing == "raw") continue;  // they have no larger message
      constexpr std::size_t kMax = 120;
      const Framing framing(subject.framing, with(subject.settings, "max", std::to_string(kMax)));
      const bool kept = subject.name().find("keep=true") != std::string::npos;
      const std::string ending = kept ? ";" : "";
      for (const std::size_t size : {kMax - 1, kMax, kMax + 1}) {
        const Step step = decode_once(framing, framing.encode(std::string(size - ending.size(), 'b') + ending));
        const std::string where = subject.name() + " " + std::to_string(size);
        const auto expected = size <= kMax ? Decoded::Status::message : Decoded::Status::malformed;
        CPPUNIT_ASSERT_MESSAGE(where, step.status == expected);
        if (size <= kMax) CPPUNIT_ASSERT_EQUAL_MESSAGE(where, size, step.body.size());
      }
    }
  }

  void the_decoders_of_two_sessions_share_no_state() {
    for (const Subject& subject : subjects()) {
      if (!subject.delimits) continue;
      const Framing framing(subject.framing, subject.settings);
      const std::string& wire = subject.samples.front().wire;
      const auto first = framing.decoder();
      decode_pieces(*first, {std::string_view(wire).substr(0, wire.size() - 1)});
      const auto second = framing.decoder();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name(), std::size_t{1}, decode_pieces(*second, {wire}).messages.size());
    }
  }

 private:
  static Step decode(const Subject& subject, std::string_view bytes) {
    return decode_once(Framing(subject.framing, subject.settings), bytes);
  }

  static Settings with(Settings settings, const std::string& option, const std::string& text) {
    std::erase_if(settings, [&](const auto& setting) { return setting.first == option; });
    settings.emplace_back(option, text);
    return settings;
  }

  static void expect_sample(const Subject& subject, const Sample& sample, const Step& step) {
    const std::string where = subject.name() + " " + hex(sample.wire) + " " + step.reason;
    CPPUNIT_ASSERT_MESSAGE(where, step.status == Decoded::Status::message);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, sample.wire.size(), step.size);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, hex(sample.body), hex(step.body));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, sample.header, step.header);
  }

  static void expect_any_split(const Subject& subject, std::string_view wire, const Decoding& expected) {
    const Framing framing(subject.framing, subject.settings);
    for_every_split(wire, [&](const std::vector<std::string_view>& pieces) {
      const auto decoder = framing.decoder();
      const Decoding decoding = decode_pieces(*decoder, pieces);
      if (decoding == expected) return;  // the text below is costly
      CPPUNIT_ASSERT_EQUAL_MESSAGE(subject.name() + " " + hex(pieces.front()), expected, decoding);
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ContractTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/extensions/HelperMacros.h>

#include "framing/random_stream.h"

namespace netkit::testing {
namespace {

std::string joined(const Decoding& decoding) {
  std::string text;
  for (const TestMessage& message : decoding.messages) text += message.body;
  return text;
}

/// The same bytes decoded in two ways give the same, for every framing and set of options.
class DifferentialTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DifferentialTest);
  CPPUNIT_TEST(random_streams_decode_alike_however_they_are_split);
  CPPUNIT_TEST_SUITE_END();

 public:
  void random_streams_decode_alike_however_they_are_split() {
    for_random_cases(50000, [](const MadeSubject& made, std::uint64_t seed) {
      Random random(seed);
      const std::string stream = random_stream(made, random);
      const std::vector<std::string_view> pieces = random_pieces(stream, random);
      if (made.subject.type.needs_datagrams) return expect_datagrams_apart(made, pieces, seed);
      const Decoding whole = decode(made, {stream});
      const Decoding split = decode(made, pieces);
      if (made.subject.delimits) {
        if (whole == split) return;  // the text below is costly
        CPPUNIT_ASSERT_EQUAL_MESSAGE(again(made, seed), whole, split);
      }
      CPPUNIT_ASSERT_EQUAL_MESSAGE(again(made, seed), joined(whole), joined(split));
    });
  }

 private:
  static Decoding decode(const MadeSubject& made, const std::vector<std::string_view>& pieces) {
    const auto decoder = made.framing.decoder();
    return decode_to_end(*decoder, pieces);
  }

  /// A decoder that has seen other datagrams takes the next one as a new decoder does.
  static void expect_datagrams_apart(const MadeSubject& made, const std::vector<std::string_view>& datagrams,
                                     std::uint64_t seed) {
    const auto used = made.framing.decoder();
    for (const std::string_view datagram : datagrams) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(again(made, seed), decode(made, {datagram}), decode_pieces(*used, {datagram}));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DifferentialTest);

}  // namespace
}  // namespace netkit::testing

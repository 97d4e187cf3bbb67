#include <cppunit/extensions/HelperMacros.h>

#include "framing/example_framings.h"
#include "netkit/testing/framing_driver.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

/// What the example framings show beside the contract.
class ExampleFramingsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExampleFramingsTest);
  CPPUNIT_TEST(the_halves_of_a_codec_share_state_but_two_codecs_do_not);
  CPPUNIT_TEST(a_fragment_is_taken_before_its_message_is_complete);
  CPPUNIT_TEST(a_body_with_escapes_is_streamed_by_pieces);
  CPPUNIT_TEST(a_call_ends_with_its_mark);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_halves_of_a_codec_share_state_but_two_codecs_do_not() {
    const TestedFraming framing(frames_framing());
    const Codec codec = framing.codec();
    const Codec other = framing.codec();
    codec.decoder->decode("\x81\x02hi");
    CPPUNIT_ASSERT_EQUAL("\x81\x02ok"s, encode(*codec.encoder, "ok"));
    CPPUNIT_ASSERT_EQUAL("\x82\x02ok"s, encode(*other.encoder, "ok"));
  }

  void a_fragment_is_taken_before_its_message_is_complete() {
    const Step step = decode_once(TestedFraming(frames_framing()), "\x02\x01h");
    CPPUNIT_ASSERT(step.status == Decoded::Status::control);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, step.size);
    CPPUNIT_ASSERT_EQUAL(""s, step.reply);
  }

  void a_body_with_escapes_is_streamed_by_pieces() {
    const TestedFraming framing(slip_framing());
    CPPUNIT_ASSERT(framing.encoder()->bodies() == Encoder::Bodies::by_pieces);
    CPPUNIT_ASSERT_EQUAL("a\xdb\xdc\xdb\xdd\xc0"s, framing.encode_streamed({"a\xc0", "\xdb"}));
  }

  void a_call_ends_with_its_mark() {
    const auto encoder = TestedFraming(checked_framing()).encoder();
    Buffer out;
    encoder->end_call(out);
    CPPUNIT_ASSERT(encoder->ends_calls());
    CPPUNIT_ASSERT_EQUAL("E"s, std::string(out.view()));
  }

 private:
  static std::string encode(Encoder& encoder, std::string_view body) {
    Buffer out;
    encoder.encode({}, body, out);
    return std::string(out.view());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExampleFramingsTest);

}  // namespace
}  // namespace netkit::testing

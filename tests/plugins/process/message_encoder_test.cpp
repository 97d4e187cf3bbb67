#include "program/message_encoder.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "config/framing_spec.h"
#include "framing/builtin.h"
#include "plugin/codec_maker.h"
#include "plugin/loader.h"

namespace netkit::process {
namespace {

Framing framing(const std::string& in, const std::string& out) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry);
  const Choice in_choice = parse_framing_spec(in, loader);
  const Choice out_choice = parse_framing_spec(out, loader);
  return make_framing({*registry.framing(in_choice.type), in_choice.options},
                      {*registry.framing(out_choice.type), out_choice.options});
}

Framing framing(const std::string& spec) { return framing(spec, spec); }

}  // namespace

class MessageEncoderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MessageEncoderTest);
  CPPUNIT_TEST(whole_messages_are_framed);
  CPPUNIT_TEST(what_would_be_two_messages_is_refused);
  CPPUNIT_TEST(each_direction_has_its_own_framing);
  CPPUNIT_TEST(what_is_too_large_is_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void whole_messages_are_framed() {
    MessageEncoder encoder(framing("line"));
    Buffer out;
    encoder.add("one", kNoAttributes, out);
    encoder.add("", kNoAttributes, out);
    encoder.add("two\n", kNoAttributes, out);
    CPPUNIT_ASSERT_EQUAL(std::string_view("one\n\ntwo\n"), out.view());
  }
  void what_would_be_two_messages_is_refused() {
    MessageEncoder encoder(framing("line"));
    Buffer out;
    encoder.add("one", kNoAttributes, out);
    CPPUNIT_ASSERT_THROW(encoder.add("a\nb", kNoAttributes, out), std::length_error);
    CPPUNIT_ASSERT_EQUAL(std::string_view("one\n"), out.view());
    encoder.add("two", kNoAttributes, out);
    CPPUNIT_ASSERT_EQUAL(std::string_view("one\ntwo\n"), out.view());
  }
  void each_direction_has_its_own_framing() {
    const Framing program = framing("length,bytes=2", "line");
    CPPUNIT_ASSERT_EQUAL(std::string("length,bytes=2/line"), program.spec());
    MessageEncoder encoder(program.other_end());
    Buffer out;
    encoder.add("hello", kNoAttributes, out);
    CPPUNIT_ASSERT_EQUAL(std::string_view("\0\5hello", 7), out.view());
    const Codec codec = program.make();
    CPPUNIT_ASSERT_EQUAL(std::string_view("hello"), codec.decoder->decode(out.view()).message.body);
  }
  void what_is_too_large_is_refused() {
    MessageEncoder encoder(framing("length,max=10"));
    Buffer out;
    CPPUNIT_ASSERT_THROW(encoder.add(std::string(11, 'x'), kNoAttributes, out), std::length_error);
    encoder.add(std::string(10, 'x'), kNoAttributes, out);
    CPPUNIT_ASSERT_EQUAL(std::size_t{14}, out.size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MessageEncoderTest);

}  // namespace netkit::process

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

Framing framing(const std::string& spec) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry);
  const Choice choice = parse_framing_spec(spec, loader);
  const Direction direction{*registry.framing(choice.type), choice.options};
  return make_framing(direction, direction);
}

}  // namespace

class MessageEncoderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MessageEncoderTest);
  CPPUNIT_TEST(whole_messages_are_framed);
  CPPUNIT_TEST(what_would_be_two_messages_is_refused);
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

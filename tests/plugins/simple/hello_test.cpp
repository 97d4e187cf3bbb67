#include <cppunit/extensions/HelperMacros.h>

#include "support/plugin_handler.h"
#include "support/recording_responder.h"

namespace netkit::testing {

class HelloTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HelloTest);
  CPPUNIT_TEST(greets_by_address_whatever_is_said);
  CPPUNIT_TEST(greets_as_the_python_program_does);
  CPPUNIT_TEST(puts_the_peer_in_every_place);
  CPPUNIT_TEST(refuses_placeholders_it_does_not_know);
  CPPUNIT_TEST_SUITE_END();

 public:
  void greets_by_address_whatever_is_said() {
    const std::string& text = plugin_.type().options.at(0).fallback;
    for (const char* said : {"", "hi", "{host}"})
      CPPUNIT_ASSERT_EQUAL(std::string("hello,192.0.2.7:4711"), greet(text, said));
  }

  void greets_as_the_python_program_does() {
    CPPUNIT_ASSERT_EQUAL(std::string("hello,('192.0.2.7', 4711)"), greet("hello,('{host}', {port})"));
  }

  void puts_the_peer_in_every_place() {
    CPPUNIT_ASSERT_EQUAL(std::string(), greet(""));
    CPPUNIT_ASSERT_EQUAL(std::string("no places"), greet("no places"));
    CPPUNIT_ASSERT_EQUAL(std::string("4711192.0.2.74711"), greet("{port}{host}{port}"));
    CPPUNIT_ASSERT_EQUAL(std::string("{host} is 192.0.2.7}"), greet("{{host} is {host}}"));
    CPPUNIT_ASSERT_EQUAL(std::string("{\"port\":4711}"), greet("{{\"port\":{port}}"));
  }

  void refuses_placeholders_it_does_not_know() {
    CPPUNIT_ASSERT_EQUAL(std::string("unknown placeholder {hots}; expected {host} or {port}, or {{ for a brace"),
                         refusal("hello {hots}"));
    CPPUNIT_ASSERT_EQUAL(std::string("unknown placeholder {}; expected {host} or {port}, or {{ for a brace"),
                         refusal("{}"));
    CPPUNIT_ASSERT_EQUAL(std::string("'{port' has no closing }; write {{ for a brace"), refusal("{host}:{port"));
    CPPUNIT_ASSERT_EQUAL(std::string("'{' has no closing }; write {{ for a brace"), refusal("{{{"));
  }

 private:
  std::string greet(const std::string& text, const char* said = "hi") {
    RecordingResponder responder;
    plugin_.make(text_option("text", text))->on_message({.body = said}, responder);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.answers.size());
    return responder.answers.front().body;
  }

  std::string refusal(const std::string& text) {
    try {
      plugin_.make(text_option("text", text));
    } catch (const OptionError& error) {
      CPPUNIT_ASSERT_EQUAL(std::string("text"), error.option());
      return error.what();
    }
    return "accepted";
  }

  PluginHandler plugin_{"hello"};
};

CPPUNIT_TEST_SUITE_REGISTRATION(HelloTest);

}  // namespace netkit::testing

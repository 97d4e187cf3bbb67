#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

#include "netkit/testing/test_server.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

/// Types are made by name, with options as a config has them.
class OptionsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OptionsTest);
  CPPUNIT_TEST(options_are_texts_and_have_their_defaults);
  CPPUNIT_TEST(what_a_config_could_not_have_is_refused);
  CPPUNIT_TEST(filters_stand_around_the_handler_the_first_outermost);
  CPPUNIT_TEST_SUITE_END();

 public:
  void options_are_texts_and_have_their_defaults() {
    CPPUNIT_ASSERT_EQUAL(std::string("hello you"), answers({}).at(0));
    const std::vector<std::string> twice = answers({{"text", "hi"}, {"times", "2"}});
    CPPUNIT_ASSERT(twice == std::vector<std::string>({"hi you", "hi you"}));
  }

  void what_a_config_could_not_have_is_refused() {
    CPPUNIT_ASSERT_EQUAL(std::string("there is no option 'txt'"), refusal("greet", {{"txt", "hi"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("option 'times': found '10', expected a whole number from 1 to 9"),
                         refusal("greet", {{"times", "10"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("there is no handler 'great'"), refusal("great", {}));
    CPPUNIT_ASSERT_EQUAL(std::string("option 'mark' is missing"), refusal("greet", {}, {.filters = {{"marked"}}}));
  }

  void filters_stand_around_the_handler_the_first_outermost() {
    TestServer server(enroll_samples, "echo", {},
                      {.filters = {{"marked", {{"mark", "a"}}}, {"marked", {{"mark", "b"}}}}});
    TestConversation peer = server.connect();
    peer.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("abx"), peer.receive_body());
  }

 private:
  static std::vector<std::string> answers(const Settings& options) {
    TestServer server(enroll_samples, "greet", options);
    TestConversation peer = server.connect();
    peer.say("you");
    return peer.receive_all();
  }

  static std::string refusal(const std::string& handler, const Settings& options, ServerSetup setup = {}) {
    try {
      TestServer(enroll_samples, handler, options, std::move(setup));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OptionsTest);

}  // namespace
}  // namespace netkit::testing

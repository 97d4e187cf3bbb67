#include <cppunit/extensions/HelperMacros.h>

#include "support/plugin_handler.h"
#include "support/recording_responder.h"

namespace netkit::testing {

class EchoTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EchoTest);
  CPPUNIT_TEST(answers_each_message_with_itself);
  CPPUNIT_TEST(serves_any_transport_without_a_worker);
  CPPUNIT_TEST_SUITE_END();

 public:
  void answers_each_message_with_itself() {
    const std::string bytes("a\0b\xff\n", 5);
    for (const std::string& body : {std::string("hello"), std::string(), bytes, std::string(1 << 20, 'x')}) {
      RecordingResponder responder;
      handler_->on_message({.body = body}, responder);
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.answers.size());
      CPPUNIT_ASSERT(responder.answers.front().body == body);
      CPPUNIT_ASSERT(!responder.closed);
    }
  }

  void serves_any_transport_without_a_worker() {
    CPPUNIT_ASSERT(!plugin_.type().needs_stream);
    CPPUNIT_ASSERT(!handler_->may_block({}));
    CPPUNIT_ASSERT(handler_->for_conversation() == nullptr);
  }

 private:
  PluginHandler plugin_{"echo"};
  std::unique_ptr<Handler> handler_ = plugin_.make({});
};

CPPUNIT_TEST_SUITE_REGISTRATION(EchoTest);

}  // namespace netkit::testing

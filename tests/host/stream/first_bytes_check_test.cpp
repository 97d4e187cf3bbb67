#include "host/stream/first_bytes_check.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

#include "support/fake_session.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class FirstBytesCheckTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FirstBytesCheckTest);
  CPPUNIT_TEST(a_part_of_a_request_line_waits);
  CPPUNIT_TEST(an_http_request_ends_the_session);
  CPPUNIT_TEST(http_is_admitted_where_it_is_not_refused);
  CPPUNIT_TEST(others_are_admitted_and_those_that_are_known_logged);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_part_of_a_request_line_waits() {
    CPPUNIT_ASSERT(check("GET /ind") == FirstBytesVerdict::wait);
    CPPUNIT_ASSERT(session_.needs_more());
    CPPUNIT_ASSERT(session_.ended() == CloseReason::none);
  }

  void an_http_request_ends_the_session() {
    CPPUNIT_ASSERT(check("GET /a HTTP/1.1\r\nHost: b\r\n\r\n") == FirstBytesVerdict::refuse);
    CPPUNIT_ASSERT(session_.ended() == CloseReason::http_request);
    CPPUNIT_ASSERT_EQUAL(std::string("it began with 'GET /a HTTP/1.1'"), session_.end_detail());
  }

  void http_is_admitted_where_it_is_not_refused() {
    context_->refuse_http = false;
    CPPUNIT_ASSERT(check("GET /ind") == FirstBytesVerdict::admit);
    CPPUNIT_ASSERT(check("GET /a HTTP/1.1\r\nHost: b\r\n\r\n") == FirstBytesVerdict::admit);
    CPPUNIT_ASSERT(session_.ended() == CloseReason::none);
    CPPUNIT_ASSERT(check("\x16\x03\x01\x02\x20\x01") == FirstBytesVerdict::admit);
    CPPUNIT_ASSERT(log_.contains("192.0.2.7:4711 begins with a TLS hello"));
  }

  void others_are_admitted_and_those_that_are_known_logged() {
    CPPUNIT_ASSERT(check("hello\n") == FirstBytesVerdict::admit);
    CPPUNIT_ASSERT(!log_.contains("begins with"));
    CPPUNIT_ASSERT(check("SSH-2.0-x\r\n") == FirstBytesVerdict::admit);
    CPPUNIT_ASSERT(log_.contains("192.0.2.7:4711 begins with an SSH banner"));
    CPPUNIT_ASSERT(session_.ended() == CloseReason::none);
  }

 private:
  FirstBytesVerdict check(const std::string& bytes) { return check_first_bytes(bytes, session_, host_, *context_); }

  MemoryLog log_;
  ServerState state_;
  WorkerPool workers_{1};
  const std::shared_ptr<ListenerContext> context_ = std::make_shared<ListenerContext>(
      ListenerSettings{.name = "test", .protocol = make_protocol("line", "line", echo_handler()), .refuse_http = true},
      state_, workers_, log_);
  RecordingHost host_;
  Session session_{context_->protocol, host_};
};
CPPUNIT_TEST_SUITE_REGISTRATION(FirstBytesCheckTest);

}  // namespace
}  // namespace netkit::testing

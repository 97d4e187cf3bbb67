#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/failure.h"
#include "netkit/testing/trace.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

constexpr const char* kTrace = R"(+0.000211 s  connected to 127.0.0.1:7005 (tcp)
+0.000385 s  sent 8 bytes  [#1 4] [#2 4]
00000000  6f 6e 65 c0 74 77 6f c0                           |one.two.|
+0.000386 s  this side ended
+0.000416 s  received 20 bytes  [#1 10] [#2 10]
00000000  68 65 6c 6c 6f 20 6f 6e  65 c0 68 65 6c 6c 6f 20  |hello one.hello |
00000010  74 77 6f c0                                       |two.|
ONE
)";

/// What the client has recorded is done again.
class TraceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TraceTest);
  CPPUNIT_TEST(a_trace_is_read);
  CPPUNIT_TEST(the_same_answers_pass_and_others_are_told);
  CPPUNIT_TEST(a_trace_without_bytes_is_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_trace_is_read() {
    const std::vector<TraceStep> trace = read_trace(kTrace);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, trace.size());
    CPPUNIT_ASSERT_EQUAL(std::string("one\xc0two\xc0"), trace[0].bytes);
    CPPUNIT_ASSERT(trace[1].kind == TraceStep::Kind::ended);
    CPPUNIT_ASSERT_EQUAL(std::string("hello one\xc0hello two\xc0"), trace[2].bytes);
    CPPUNIT_ASSERT(trace[2].at == std::chrono::microseconds(416));
  }

  void the_same_answers_pass_and_others_are_told() {
    const ServerSetup setup{.framing = make_framing(enroll_samples, "slip")};
    TestServer server(enroll_samples, "greet", {}, setup);
    replay(read_trace(kTrace), server);
    TestServer other(enroll_samples, "greet", {{"text", "help"}}, setup);
    try {
      replay(read_trace(kTrace), other);
      CPPUNIT_FAIL("nothing is thrown");
    } catch (const TestFailure& failure) {
      CPPUNIT_ASSERT(std::string(failure.what()).starts_with("byte 3 of what is received differs: recorded 6c6f20"));
    }
  }

  void a_trace_without_bytes_is_refused() {
    CPPUNIT_ASSERT_THROW(read_trace("+0.000385 s  sent 8 bytes  [#1 4] [#2 4]\n"), TestFailure);
    CPPUNIT_ASSERT_THROW(read_trace("hello\n"), TestFailure);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TraceTest);

}  // namespace
}  // namespace netkit::testing

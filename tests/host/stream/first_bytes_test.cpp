#include "host/stream/first_bytes.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace netkit {
namespace {

class FirstBytesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FirstBytesTest);
  CPPUNIT_TEST(a_whole_request_line_is_known);
  CPPUNIT_TEST(every_part_of_one_is_undecided);
  CPPUNIT_TEST(what_is_no_request_line_is_let_go_at_once);
  CPPUNIT_TEST(a_target_without_an_end_is_judged_by_its_beginning);
  CPPUNIT_TEST(other_protocols_are_named);
  CPPUNIT_TEST_SUITE_END();

  static void expect(FirstBytes expected, const std::string& bytes) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, static_cast<int>(expected), static_cast<int>(judge_first_bytes(bytes)));
  }

  void a_whole_request_line_is_known() {
    for (const char* line : {"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\n\r\ntouch /tmp/x", "ACL * HTTP/1.0\n",
                             "PRI * HTTP/2.0\r\n", "VERSION-CONTROL http://a/b HTTP/1.1\r", "CONNECT a:1 HTTP/1.1\r\n",
                             "OPTIONS /$(touch${IFS}x) HTTP/9.9\r\n", "GET /\xc3\xa4 HTTP/1.1\r\n"}) {
      expect(FirstBytes::http_request, line);
    }
  }

  void every_part_of_one_is_undecided() {
    const std::string line = "UPDATEREDIRECTREF /index.html?a=b HTTP/1.1";
    for (std::size_t size = 0; size <= line.size(); ++size) expect(FirstBytes::undecided, line.substr(0, size));
    expect(FirstBytes::http_request, line + '\r');
  }

  void what_is_no_request_line_is_let_go_at_once() {
    using namespace std::string_literals;
    for (const std::string& bytes :
         {"hello\n"s, "get / HTTP/1.1\r\n"s, "GET\n"s, "GETS"s, "GO / HTTP/1.1\r\n"s, "GET  / HTTP/1.1\r\n"s,
          "GET /a\n"s, "GET /a b"s, "GET /a HTTP/1.x"s, "GET /a HTTP/1.1 \r\n"s, "GET /a HTTP/11"s,
          "\nGET / HTTP/1.1\r\n"s, "\0\0\0\4GET "s, "GET\0/ HTTP/1.1\r\n"s, " "s, "A CL"s, "PUT key some value"s,
          "GE T / HTTP/1.1\r\n"s, std::string(9000, 'G')}) {
      expect(FirstBytes::unknown, bytes);
    }
  }

  void a_target_without_an_end_is_judged_by_its_beginning() {
    const auto padded = [](const std::string& start, std::size_t size) {
      return start + std::string(size - start.size(), 'a');
    };
    expect(FirstBytes::undecided, padded("POST /", kMostRequestLine - 1));
    expect(FirstBytes::http_request, padded("POST /", kMostRequestLine));
    expect(FirstBytes::http_request, padded("GET http://a/", 3 * kMostRequestLine));
    expect(FirstBytes::http_request, padded("POST /", kMostRequestLine - 6) + " HTTP/1.1\r\n");
    expect(FirstBytes::unknown, padded("PUT ", kMostRequestLine));
    expect(FirstBytes::http_request, padded("PUT x", kMostRequestLine - 11) + " HTTP/1.1\r\n");
  }

  void other_protocols_are_named() {
    using namespace std::string_literals;
    expect(FirstBytes::tls_hello, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s);
    expect(FirstBytes::unknown, "\x16\x03\x01\x02\x00\x02\x00\x01"s);
    expect(FirstBytes::ssh_banner, "SSH-2.0-OpenSSH_9.2\r\n");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FirstBytesTest);

}  // namespace
}  // namespace netkit

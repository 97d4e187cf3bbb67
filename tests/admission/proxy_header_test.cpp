#include "admission/proxy_header.h"

#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <string>

namespace netkit::testing {
namespace {

using Status = ProxyHeader::Status;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(int command, int family, const std::string& block) {
  std::string header = kSignature;
  for (const std::size_t byte :
       {static_cast<std::size_t>(command), static_cast<std::size_t>(family), block.size() >> 8, block.size() & 0xff}) {
    header += static_cast<char>(byte);
  }
  return header + block;
}

const std::string kBlockV4("\xc0\x00\x02\x07\x0a\x00\x00\x01\x30\x39\x00\x50", 12);  // 192.0.2.7:12345 to 10.0.0.1:80
const std::string kBlockV6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x09" +
                             std::string(16, '\0') + std::string("\x30\x39\x00\x50", 4);

std::string text(const ProxyHeader& header) {
  if (header.status == Status::need_more) return "need more";
  if (header.status == Status::absent) return "absent";
  if (header.status == Status::malformed) return std::string("malformed: ") + header.reason;
  if (!header.source) return "no source";
  char address[INET6_ADDRSTRLEN];
  const bool v4 = header.source->address.is_v4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, header.source->address.bytes().data() + (v4 ? 12 : 0), address, sizeof address);
  return std::string(address) + " " + std::to_string(header.source->port);
}

class ProxyHeaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyHeaderTest);
  CPPUNIT_TEST(headers_give_their_source_at_every_split);
  CPPUNIT_TEST(headers_without_a_source_are_taken_too);
  CPPUNIT_TEST(malformed_lines_are_told);
  CPPUNIT_TEST(malformed_binary_headers_are_told);
  CPPUNIT_TEST(other_bytes_are_no_header);
  CPPUNIT_TEST(headers_have_an_end);
  CPPUNIT_TEST(every_flip_of_a_bit_is_survived);
  CPPUNIT_TEST_SUITE_END();

  /// Every beginning of `header` needs more, the whole is `expected` whatever follows.
  void assert_header(const std::string& header, const std::string& expected) {
    for (std::size_t size = 0; size < header.size(); ++size) {
      CPPUNIT_ASSERT_EQUAL(std::string("need more"), text(ProxyHeader::parse(header.substr(0, size))));
    }
    for (const std::string rest : {"", "x", "\r\n", "PROXY "}) {
      const ProxyHeader parsed = ProxyHeader::parse(header + rest);
      CPPUNIT_ASSERT_EQUAL(expected, text(parsed));
      CPPUNIT_ASSERT_EQUAL(header.size(), parsed.size);
    }
  }

  /// Malformed so, and no beginning is taken for anything but a beginning or malformed.
  void assert_malformed(const std::string& header, const std::string& reason) {
    CPPUNIT_ASSERT_EQUAL("malformed: " + reason, text(ProxyHeader::parse(header)));
    for (std::size_t size = 0; size < header.size(); ++size) {
      const Status status = ProxyHeader::parse(header.substr(0, size)).status;
      CPPUNIT_ASSERT_MESSAGE(header, status == Status::need_more || status == Status::malformed);
    }
  }

 public:
  void headers_give_their_source_at_every_split() {
    assert_header("PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n", "192.0.2.7 12345");
    assert_header("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255 65535");
    assert_header("PROXY TCP6 2001:db8::9 ::1 0 1\r\n", "2001:db8::9 0");
    assert_header(v2(0x21, 0x11, kBlockV4), "192.0.2.7 12345");
    assert_header(v2(0x21, 0x21, kBlockV6), "2001:db8::9 12345");
    assert_header(v2(0x21, 0x11, kBlockV4 + std::string("\x04\x00\x01x", 4)), "192.0.2.7 12345");  // with a TLV
    assert_header(v2(0x21, 0x21, kBlockV6 + std::string(4000, 't')), "2001:db8::9 12345");
  }

  void headers_without_a_source_are_taken_too() {
    assert_header("PROXY UNKNOWN\r\n", "no source");
    assert_header("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "no source");
    assert_header(v2(0x20, 0x00, ""), "no source");
    assert_header(v2(0x20, 0x11, kBlockV4), "no source");  // LOCAL: the addresses do not count
    assert_header(v2(0x20, 0x99, "whatever"), "no source");
    assert_header(v2(0x21, 0x00, "tlv"), "no source");
    assert_header(v2(0x21, 0x31, std::string(216, 'p')), "no source");
  }

  void malformed_lines_are_told() {
    const std::string protocol = "the protocol is none of TCP4, TCP6 and UNKNOWN";
    const std::string address = "no address of the protocol's family";
    const std::string port = "no port number";
    assert_malformed("PROXY \r\n", protocol);
    assert_malformed("PROXY tcp4 192.0.2.7 10.0.0.1 1 2\r\n", protocol);
    assert_malformed("PROXY  TCP4 192.0.2.7 10.0.0.1 1 2\r\n", protocol);
    assert_malformed("PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n", protocol);
    assert_malformed("PROXY TCP4 2001:db8::9 10.0.0.1 1 2\r\n", address);
    assert_malformed("PROXY TCP4 192.0.2.7 2001:db8::9 1 2\r\n", address);
    assert_malformed("PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n", address);
    assert_malformed("PROXY TCP4 192.0.2.777 10.0.0.1 1 2\r\n", address);
    assert_malformed(std::string("PROXY TCP4 192.0.2.7\0x 10.0.0.1 1 2\r\n", 38), address);
    assert_malformed("PROXY TCP4\r\n", address);
    for (const std::string ports :
         {"1", "1 ", "1 65536", "65536 1", "-1 1", "01 1", "1 2 3", "1 2 ", "0x1 2", "+1 2"}) {
      assert_malformed("PROXY TCP4 192.0.2.7 10.0.0.1 " + ports + "\r\n", port);
    }
    assert_malformed("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\n", "the line does not end in CR LF");
    assert_malformed("PROXY \n", "the line does not end in CR LF");
  }

  void malformed_binary_headers_are_told() {
    assert_malformed(v2(0x11, 0x11, kBlockV4), "unknown version or command");
    assert_malformed(v2(0x22, 0x11, kBlockV4), "unknown version or command");
    assert_malformed(v2(0x21, 0x13, kBlockV4), "unknown address family");
    assert_malformed(v2(0x21, 0x41, kBlockV4), "unknown address family");
    assert_malformed(v2(0x21, 0x11, kBlockV4.substr(1)), "too short for its addresses");
    assert_malformed(v2(0x21, 0x21, kBlockV4), "too short for its addresses");
    assert_malformed(v2(0x21, 0x31, kBlockV6), "too short for its addresses");
    assert_malformed(v2(0x21, 0x11, std::string(4081, 'x')).substr(0, 16), "longer than 4096 bytes");
  }

  void other_bytes_are_no_header() {
    for (const std::string bytes :
         {"hello\n", "G", "PROXYTCP4", "proxy ", "PROXI", "\r\n\r\nx", "\n", "\x16\x03\x01"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, std::string("absent"), text(ProxyHeader::parse(bytes)));
    }
  }

  void headers_have_an_end() {
    const std::string line = "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n";
    CPPUNIT_ASSERT_EQUAL(std::size_t{107}, line.size());
    assert_header(line, "no source");
    const std::string longer = "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n";
    assert_malformed(longer, "the line does not end within 107 bytes");
    CPPUNIT_ASSERT_EQUAL(std::string("need more"), text(ProxyHeader::parse(longer.substr(0, 106))));
    assert_header(v2(0x21, 0x11, kBlockV4 + std::string(4068, 't')), "192.0.2.7 12345");
  }

  void every_flip_of_a_bit_is_survived() {
    std::mt19937 random(7);
    for (const std::string& header : {std::string("PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n"),
                                      v2(0x21, 0x11, kBlockV4), v2(0x21, 0x21, kBlockV6 + std::string(300, 't'))}) {
      for (int round = 0; round < 20'000; ++round) {
        std::string bytes = header;
        for (auto flips = 1 + random() % 3; flips > 0; --flips) {
          bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
        }
        const ProxyHeader parsed = ProxyHeader::parse(bytes);
        CPPUNIT_ASSERT(parsed.size <= bytes.size());
        CPPUNIT_ASSERT_EQUAL(parsed.status == Status::complete, parsed.size > 0);
      }
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ProxyHeaderTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "base/nearest.h"
#include "config/values/address.h"
#include "support/refusal.h"

namespace netkit::test {

class AddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AddressTest);
  CPPUNIT_TEST(addresses);
  CPPUNIT_TEST(wrong_addresses);
  CPPUNIT_TEST(urls);
  CPPUNIT_TEST(those_of_this_machine);
  CPPUNIT_TEST_SUITE_END();

 public:
  void addresses() {
    for (const std::string same : {"127.0.0.1:8080", "[::1]:0", "example.org:65535", "localhost:1", "a-b_c.d:2"}) {
      equal(same, to_string(parse_address(same)));
    }
    equal("[2001:db8::1]:7", to_string(parse_address("[2001:0DB8:0:0::0001]:7")));
    CPPUNIT_ASSERT(parse_address("[::]:1").ipv6);
    CPPUNIT_ASSERT(!parse_address("0.0.0.0:1").ipv6);
  }

  void wrong_addresses() {
    const auto wrong = [](const std::string& text) { return refusal([&] { parse_address(text); }); };
    const std::string examples = "host:port or [v6]:port, such as 127.0.0.1:8080 or [::1]:8080";
    equal("address 'abc': found no port, expected " + examples, wrong("abc"));
    equal("address '': found no port, expected " + examples, wrong(""));
    equal("address '[::1]': found no port, expected " + examples, wrong("[::1]"));
    equal("address '[::1': found '[' without ']', expected [v6]:port", wrong("[::1"));
    equal("address '::1:80': an IPv6 address stands in brackets: [v6]:port", wrong("::1:80"));
    equal("address '[1.2.3.4]:80': found '1.2.3.4' in brackets, expected a numeric IPv6 address",
          wrong("[1.2.3.4]:80"));
    for (const std::string port : {"", "65536", "-1", "+1", "http", "80 ", "0x50", "99999999999"}) {
      equal("address " + in_quotes("h:" + port) + ": found port " + in_quotes(port) +
                ", expected a number from 0 to 65535",
            wrong("h:" + port));
    }
    const std::string no_host =
        ": found no host, expected one; for every address of this machine write 0.0.0.0 or [::]";
    equal("address ':80'" + no_host, wrong(":80"));
    equal("address '*:80'" + no_host, wrong("*:80"));
    equal("address '1.2.3:80': found '1.2.3', expected an IPv4 address of four numbers from 0 to 255",
          wrong("1.2.3:80"));
    equal("address 'a b:80': found host 'a b', expected a name or a numeric address", wrong("a b:80"));
  }

  void urls() {
    const auto wrong = [](const std::string& url) {
      const std::string text = refusal([&] { parse_address(url); });
      const std::string start = "address '" + url + "': found a URL, expected ";
      equal(start, text.substr(0, start.size()));
      return text.substr(start.size());
    };
    equal("'127.0.0.1:80' alone; the transport (tcp) is an option of its own", wrong("tcp://127.0.0.1:80"));
    equal("'[::1]:53' alone; the transport (udp) is an option of its own", wrong("udp://[::1]:53"));
    equal("'a:443' alone; the transport (tls) is an option of its own", wrong("ssl://a:443/"));
    equal("'localhost:80' alone; the framing says what is spoken there", wrong("http://localhost:80/index.html"));
    const std::string examples = "host:port or [v6]:port, such as 127.0.0.1:8080 or [::1]:8080";
    equal(examples + "; the framing says what is spoken there", wrong("http://localhost/"));
    equal("'/run/a.sock' alone; the transport (unix) is an option of its own", wrong("unix:///run/a.sock"));
    equal("'/run/a.sock' alone; the transport (unix) is an option of its own", wrong("unix:/run/a.sock"));
  }

  void those_of_this_machine() {
    for (const std::string own : {"127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
      CPPUNIT_ASSERT_MESSAGE(own, is_of_this_machine(parse_address(own)));
    }
    for (const std::string far : {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "[::2]:1", "localhost:1", "127.example:1"}) {
      CPPUNIT_ASSERT_MESSAGE(far, !is_of_this_machine(parse_address(far)));
    }
    Address path;
    path.path = "/run/a.sock";
    CPPUNIT_ASSERT(is_of_this_machine(path));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AddressTest);

}  // namespace netkit::test

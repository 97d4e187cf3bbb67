#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "base/nearest.h"
#include "config/fake_types.h"
#include "config/framing_spec.h"
#include "config/values/address.h"
#include "support/refusal.h"

namespace netkit::test {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

class CommandLineValueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CommandLineValueTest);
  CPPUNIT_TEST(addresses);
  CPPUNIT_TEST(wrong_addresses);
  CPPUNIT_TEST(framing_specs);
  CPPUNIT_TEST(wrong_framing_specs);
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

  void framing_specs() {
    FakeTypes types;
    const Choice length = parse_framing_spec("length,bytes=2,endian=little", types.loader());
    equal("length", length.type);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, length.options.integer("bytes"));
    equal("little", length.options.text("endian"));
    CPPUNIT_ASSERT(!length.options.flag("signed"));
    CPPUNIT_ASSERT(!length.options.has("strip"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 20, length.options.size("max"));

    CPPUNIT_ASSERT(parse_framing_spec("delimiter,delimiters=;", types.loader()).options.texts("delimiters") ==
                   Strings{";"});
    CPPUNIT_ASSERT(
        (parse_framing_spec(R"(delimiter,delimiters=\\n\,"\,")", types.loader()).options.texts("delimiters") ==
         Strings{"\\n", ","}));
  }

  void wrong_framing_specs() {
    FakeTypes types;
    const auto wrong = [&](const std::string& spec) {
      return refusal([&] { parse_framing_spec(spec, types.loader()); });
    };
    equal("unknown framing 'lenght'; did you mean 'length'?", wrong("lenght"));
    equal("unknown framing ''; known: datagram, delimiter, faulty, fixed, length, line, raw", wrong(""));
    equal("framing 'length': unknown option 'byte'; did you mean 'bytes'?", wrong("length,byte=2"));
    equal("framing 'length': option 'bytes': found '9', expected a whole number from 1 to 8", wrong("length,bytes=9"));
    equal("framing 'length': option 'bytes' is given twice", wrong("length,bytes=1,bytes=2"));
    equal("framing 'length': found 'bytes', expected option=value", wrong("length,bytes"));
    equal("framing 'length': found '', expected option=value", wrong("length,"));
    equal("framing 'fixed': option 'size' is missing, expected a size of at least 1, in bytes or with KiB, MiB or GiB",
          wrong("fixed"));
    equal("framing 'fixed': option 'size': is larger than 'max'", wrong("fixed,size=2,max=1"));
    equal("framing 'fixed': option 'size': 13 cannot be sent", wrong("fixed,size=13"));
    equal("framing 'faulty': out of order", wrong("faulty"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandLineValueTest);

}  // namespace netkit::test

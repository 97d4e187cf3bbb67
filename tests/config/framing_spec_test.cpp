#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "config/fake_types.h"
#include "config/framing_spec.h"
#include "support/refusal.h"

namespace netkit::test {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

class FramingSpecTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FramingSpecTest);
  CPPUNIT_TEST(framing_specs);
  CPPUNIT_TEST(wrong_framing_specs);
  CPPUNIT_TEST_SUITE_END();

 public:
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
    equal("unknown framing ''; known: datagram, delimiter, faulty, fixed, http, length, line, raw", wrong(""));
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

CPPUNIT_TEST_SUITE_REGISTRATION(FramingSpecTest);

}  // namespace netkit::test

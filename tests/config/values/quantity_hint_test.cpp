#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <string_view>

#include "config/values/quantity_hint.h"

namespace netkit::test {
namespace {

void means(const std::string& expected, const std::string& meant) { CPPUNIT_ASSERT_EQUAL(expected, meant); }

std::string duration(std::string_view text) { return meant_quantity(OptionType::duration, text); }

std::string size(std::string_view text) { return meant_quantity(OptionType::size, text); }

}  // namespace

class QuantityHintTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(QuantityHintTest);
  CPPUNIT_TEST(durations);
  CPPUNIT_TEST(sizes);
  CPPUNIT_TEST(several_terms);
  CPPUNIT_TEST(fractions);
  CPPUNIT_TEST(rates);
  CPPUNIT_TEST(nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void durations() {
    means("10min", duration("10m"));
    means("5s", duration("5 s"));
    means("5s", duration(" 5S "));
    means("90s", duration("90sec"));
    means("20ms", duration("20msec"));
    means("48h", duration("2d"));
    means("168h", duration("1 week"));
    means("5min", duration("5mi"));
    means("0min", duration("0m"));
  }

  void sizes() {
    means("10MiB", size("10m"));
    means("64KiB", size("64KB"));
    means("64KiB", size("64 kib"));
    means("512", size("512 bytes"));
    means("2048GiB", size("2T"));
    means("7", size("7 "));
  }

  void several_terms() {
    means("90min", duration("1h30m"));
    means("90s", duration("1 min 30 s"));
    means("1537KiB", size("1M 513k"));
  }

  void fractions() {
    means("1536MiB", size("1.5GB"));
    means("500ms", duration("0.5s"));
    means("90min", duration("1.5h"));
    means("", size("1.3"));
    means("", duration("0.1us"));
    means("", duration("1..5s"));
  }

  void rates() {
    means("10/s", meant_rate(OptionType::rate, "10r/s"));
    means("30/min", meant_rate(OptionType::rate, "30 / m"));
    means("5/h", meant_rate(OptionType::rate, "5/hour"));
    means("1MiB/s", meant_rate(OptionType::byte_rate, "1MB/sec"));
    for (const char* text : {"", "/", "5", "5/", "/s", "5/d", "5KiB/s", "5/s/s"})
      means("", meant_rate(OptionType::rate, text));
  }

  void nothing() {
    for (const char* text :
         {"", " ", "s", "-1s", "60", "5 parsecs", "5s5", "9999999999999999999h", "99999999h99999999h"})
      means("", duration(text));
    for (const char* text : {"KiB", "-1", "+1", "0x10", "1e3", "1 000", "1,000", "99999999999TB"})
      means("", size(text));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(QuantityHintTest);

}  // namespace netkit::test

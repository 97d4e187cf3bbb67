#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/values/option_value.h"
#include "support/refusal.h"

namespace netkit::test {
namespace {

using Strings = std::vector<std::string>;

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kLargest = INT64_MAX;

OptionSpec spec_of(OptionType type, std::int64_t least = 0, std::int64_t most = kLargest) {
  OptionSpec spec;
  spec.name = "x";
  spec.type = type;
  spec.least = least;
  spec.most = most;
  return spec;
}

OptionSpec choice_of(Strings choices) {
  OptionSpec spec = spec_of(OptionType::choice);
  spec.choices = std::move(choices);
  return spec;
}

std::string parse_refusal(const OptionSpec& spec, const std::string& text) {
  return refusal([&] { parse_option(spec, text); });
}

std::int64_t number(const OptionSpec& spec, const std::string& text) {
  return std::get<std::int64_t>(parse_option(spec, text));
}

std::int64_t nanoseconds(const std::string& text) {
  return std::get<std::chrono::nanoseconds>(parse_option(spec_of(OptionType::duration), text)).count();
}

}  // namespace

class ValueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ValueTest);
  CPPUNIT_TEST(sizes);
  CPPUNIT_TEST(wrong_sizes);
  CPPUNIT_TEST(durations);
  CPPUNIT_TEST(wrong_durations);
  CPPUNIT_TEST(rates);
  CPPUNIT_TEST(wrong_rates);
  CPPUNIT_TEST(integers);
  CPPUNIT_TEST(flags_and_choices);
  CPPUNIT_TEST(formats_what_it_parses);
  CPPUNIT_TEST(fills_defaults);
  CPPUNIT_TEST(wrong_default_is_a_bug);
  CPPUNIT_TEST_SUITE_END();

 public:
  void sizes() {
    const OptionSpec size = spec_of(OptionType::size);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, number(size, "0"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1500}, number(size, "1500"));
    CPPUNIT_ASSERT_EQUAL(64 * kKiB, number(size, "64KiB"));
    CPPUNIT_ASSERT_EQUAL(3 * kKiB * kKiB, number(size, "3MiB"));
    CPPUNIT_ASSERT_EQUAL(5 * kKiB * kKiB * kKiB, number(size, "5GiB"));
    CPPUNIT_ASSERT_EQUAL(kLargest, number(size, "9223372036854775807"));
  }

  void wrong_sizes() {
    const OptionSpec size = spec_of(OptionType::size);
    const std::string expected = ", expected a size, in bytes or with KiB, MiB or GiB";
    equal("found '64KB'" + expected + "; did you mean '64KiB'?", parse_refusal(size, "64KB"));
    equal("found '64kib'" + expected + "; did you mean '64KiB'?", parse_refusal(size, "64kib"));
    equal("found '64 KiB'" + expected + "; did you mean '64KiB'?", parse_refusal(size, "64 KiB"));
    for (const std::string wrong : {"", "KiB", "-1", "+1", "0x10", "1e3"}) {
      equal("found " + in_quotes(wrong) + expected, parse_refusal(size, wrong));
    }
    for (const std::string large : {"9223372036854775808", "8589934592GiB", "99999999999999999999KiB"}) {
      equal("found " + in_quotes(large) + expected + "; it does not fit in 64 bits", parse_refusal(size, large));
    }
    equal("found '1GiB', expected a size from 1KiB to 512MiB, in bytes or with KiB, MiB or GiB",
          parse_refusal(spec_of(OptionType::size, kKiB, 512 * kKiB * kKiB), "1GiB"));
    equal("found '0', expected a size of at least 1, in bytes or with KiB, MiB or GiB",
          parse_refusal(spec_of(OptionType::size, 1), "0"));
  }

  void durations() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, nanoseconds("0"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, nanoseconds("0s"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{50'000}, nanoseconds("50us"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000'000}, nanoseconds("1ms"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2'000'000'000}, nanoseconds("2s"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{180'000'000'000}, nanoseconds("3min"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3'600'000'000'000}, nanoseconds("1h"));
  }

  void wrong_durations() {
    const OptionSpec duration = spec_of(OptionType::duration);
    const std::string expected = ", expected a duration, with us, ms, s, min or h";
    for (const std::string wrong : {"60", "", "s", "-1s", "1.5s", "1d", "1S ", "2562048h", "9999999999999999999s"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(wrong, std::size_t{0},
                                   parse_refusal(duration, wrong).find("found " + in_quotes(wrong) + expected));
    }
    equal("found '5mins'" + expected + "; did you mean '5min'?", parse_refusal(duration, "5mins"));
    equal("found '5S'" + expected + "; did you mean '5s'?", parse_refusal(duration, "5S"));
    equal("found '0', expected a duration from 1ms to 1s, with us, ms, s, min or h",
          parse_refusal(spec_of(OptionType::duration, 1'000'000, 1'000'000'000), "0"));
  }

  void rates() {
    const auto rate = [](OptionType type, const char* text) {
      return std::get<Rate>(parse_option(spec_of(type), text));
    };
    CPPUNIT_ASSERT(rate(OptionType::rate, "200/s") == (Rate{200, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT(rate(OptionType::rate, "30/min") == (Rate{30, std::chrono::minutes(1)}));
    CPPUNIT_ASSERT(rate(OptionType::rate, "5/h") == (Rate{5, std::chrono::hours(1)}));
    CPPUNIT_ASSERT(rate(OptionType::rate, "0") == Rate{});
    CPPUNIT_ASSERT(rate(OptionType::byte_rate, "10MiB/s") == (Rate{10 << 20, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT(rate(OptionType::byte_rate, "7/h") == (Rate{7, std::chrono::hours(1)}));
    for (const char* text : {"0/s", "200/s", "1024/min", "5/h"}) {
      const OptionSpec spec = spec_of(OptionType::rate);
      CPPUNIT_ASSERT_EQUAL(std::string(text), format_option(spec, parse_option(spec, text)));
    }
    for (const char* text : {"0/s", "200/s", "1KiB/min", "3MiB/h", "1GiB/s"}) {
      const OptionSpec spec = spec_of(OptionType::byte_rate);
      CPPUNIT_ASSERT_EQUAL(std::string(text), format_option(spec, parse_option(spec, text)));
    }
  }

  void wrong_rates() {
    const std::string expected = "', expected a rate, such as 200/s, 30/min or 5/h";
    for (const std::string text : {"", "/", "/s", "5", "5/", "5/d", "-5/s", "5KiB/s", "5/s/s", "x/s"}) {
      CPPUNIT_ASSERT_EQUAL("found '" + text + expected, parse_refusal(spec_of(OptionType::rate), text));
    }
    CPPUNIT_ASSERT_EQUAL("found '5/mi" + expected + "; did you mean '5/min'?",
                         parse_refusal(spec_of(OptionType::rate), "5/mi"));
    CPPUNIT_ASSERT_EQUAL("found '9223372036854775808/s" + expected + "; it is too large",
                         parse_refusal(spec_of(OptionType::rate), "9223372036854775808/s"));
    CPPUNIT_ASSERT_EQUAL(std::string("found '8589934592GiB/s', expected a rate of bytes, such as 10MiB/s, 64KiB/min or "
                                     "5000/h; it is too large"),
                         parse_refusal(spec_of(OptionType::byte_rate), "8589934592GiB/s"));
  }

  void integers() {
    const OptionSpec integer = spec_of(OptionType::integer, -20, 19);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-20}, number(integer, "-20"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{19}, number(integer, "19"));
    for (const std::string wrong : {"-21", "20", "", "1.0", "1e1", "ten", "+1", "18446744073709551616"}) {
      equal("found " + in_quotes(wrong) + ", expected a whole number from -20 to 19", parse_refusal(integer, wrong));
    }
    equal("found '-1', expected a whole number of at least 0", parse_refusal(spec_of(OptionType::integer), "-1"));
  }

  void flags_and_choices() {
    CPPUNIT_ASSERT(std::get<bool>(parse_option(spec_of(OptionType::flag), "true")));
    CPPUNIT_ASSERT(!std::get<bool>(parse_option(spec_of(OptionType::flag), "false")));
    equal("found 'yes', expected true or false", parse_refusal(spec_of(OptionType::flag), "yes"));
    equal("found 'True', expected true or false", parse_refusal(spec_of(OptionType::flag), "True"));

    const OptionSpec endian = choice_of({"big", "little"});
    equal("little", std::get<std::string>(parse_option(endian, "little")));
    equal("found 'litle', expected one of big, little; did you mean 'little'?", parse_refusal(endian, "litle"));
    equal("found 'middle-out', expected one of big, little", parse_refusal(endian, "middle-out"));
  }

  void formats_what_it_parses() {
    const auto round_trip = [](const OptionSpec& spec, const std::string& text) {
      return format_option(spec, parse_option(spec, text));
    };
    const OptionSpec size = spec_of(OptionType::size);
    for (const std::string text : {"0", "1", "1023", "1KiB", "1537", "64KiB", "1MiB", "7GiB", "9223372036854775807"}) {
      equal(text, round_trip(size, text));
    }
    equal("2GiB", round_trip(size, "2147483648"));
    const OptionSpec duration = spec_of(OptionType::duration);
    for (const std::string text : {"0s", "1us", "1500ms", "59s", "90s", "1min", "25h"})
      equal(text, round_trip(duration, text));
    equal("2h", round_trip(duration, "120min"));
    equal("-7", round_trip(spec_of(OptionType::integer, -10), "-7"));
    equal("true", round_trip(spec_of(OptionType::flag), "true"));
    equal("a, \"b,c\", \" \", \"\", \"\"\"\"",
          round_trip(spec_of(OptionType::texts), "a,\"b,c\" , \" \",\"\", \"\"\"\""));
  }

  void fills_defaults() {
    OptionSpec given = spec_of(OptionType::integer);
    given.name = "given";
    given.fallback = "1";
    OptionSpec left = given;
    left.name = "left";
    OptionSpec unset = spec_of(OptionType::text);
    unset.name = "unset";
    OptionSpec list = spec_of(OptionType::texts);
    list.name = "list";
    OptionSpec table = spec_of(OptionType::table);
    table.name = "table";

    Options options;
    options.set("given", std::int64_t{5});
    fill_defaults({given, left, unset, list, table}, options);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, options.integer("given"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, options.integer("left"));
    CPPUNIT_ASSERT(!options.has("unset"));
    CPPUNIT_ASSERT(options.texts("list").empty());
    CPPUNIT_ASSERT(options.table("table").empty());
  }

  void wrong_default_is_a_bug() {
    OptionSpec spec = spec_of(OptionType::duration);
    spec.fallback = "60";
    Options options;
    CPPUNIT_ASSERT_THROW(fill_defaults({spec}, options), std::logic_error);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValueTest);

}  // namespace netkit::test

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/readers/option_table.h"
#include "config/values/log_level.h"

namespace netkit::test {
namespace {

struct Section {
  unsigned count = 7;
  std::string name;
  std::chrono::nanoseconds wait = std::chrono::seconds(1);
  LogLevel level = LogLevel::error;
  std::int64_t even = 0;
};

void set_even(Section& section, const Options::Value& value) {
  if (std::get<std::int64_t>(value) % 2 != 0) throw std::invalid_argument("is odd");
  section.even = std::get<std::int64_t>(value);
}

const OptionTable<Section>& section_options() {
  static const OptionTable<Section> table({
      bind_option<Section>({.name = "count", .type = OptionType::integer}, &Section::count),
      bind_option<Section>({.name = "name"}, &Section::name),
      bind_option<Section>(
          {.name = "wait", .type = OptionType::duration}, [](auto& section) -> auto& { return section.wait; }),
      bind_choice<Section>({.name = "level"}, std::vector{LogLevel::info, LogLevel::error}, &Section::level),
      {{.name = "even", .type = OptionType::integer}, [](const Section& section) { return section.even; }, set_even},
  });
  return table;
}

}  // namespace

class OptionTableTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OptionTableTest);
  CPPUNIT_TEST(specs_keep_the_order);
  CPPUNIT_TEST(members_have_the_defaults);
  CPPUNIT_TEST(applies_only_what_is_given);
  CPPUNIT_TEST(reports_a_refused_value_at_its_place);
  CPPUNIT_TEST(defaults_fill_only_gaps);
  CPPUNIT_TEST_SUITE_END();

 public:
  void specs_keep_the_order() {
    std::string names;
    for (const OptionSpec& spec : section_options().specs()) names += spec.name + " ";
    CPPUNIT_ASSERT_EQUAL(std::string("count name wait level even "), names);
    CPPUNIT_ASSERT(section_options().specs().at(3).choices == (std::vector<std::string>{"info", "error"}));
  }

  void members_have_the_defaults() {
    const Options values = section_options().values({});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, values.integer("count"));
    CPPUNIT_ASSERT(values.duration("wait") == std::chrono::seconds(1));
    CPPUNIT_ASSERT_EQUAL(std::string("error"), values.text("level"));
    CPPUNIT_ASSERT(!values.has("name"));  // an empty text: unset
  }

  void applies_only_what_is_given() {
    PlacedOptions given;
    given.set("name", std::string("x"), {});
    given.set("level", std::string("info"), {});
    Section section;
    Diagnostics errors;
    section_options().apply(given, section, errors);
    CPPUNIT_ASSERT(errors.empty());
    CPPUNIT_ASSERT_EQUAL(std::string("x"), section.name);
    CPPUNIT_ASSERT(section.level == LogLevel::info);
    CPPUNIT_ASSERT_EQUAL(7U, section.count);
    CPPUNIT_ASSERT(section.wait == std::chrono::seconds(1));
  }

  void reports_a_refused_value_at_its_place() {
    PlacedOptions given;
    given.set("even", std::int64_t{3}, {.file = "a.ini", .line = 4, .column = 8});
    Section section;
    Diagnostics errors;
    section_options().apply(given, section, errors);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, errors.size());
    CPPUNIT_ASSERT_EQUAL(std::string("a.ini:4:8: error: 'even': is odd"), to_string(errors[0]));
  }

  void defaults_fill_only_gaps() {
    PlacedOptions defaults;
    defaults.set("count", std::int64_t{1}, {.file = "a.ini", .line = 1});
    defaults.set("name", std::string("default"), {.file = "a.ini", .line = 2});
    PlacedOptions own;
    own.set("count", std::int64_t{2}, {.file = "a.ini", .line = 9});
    own.add_missing(defaults);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, own.options.integer("count"));
    CPPUNIT_ASSERT_EQUAL(9, own.places.at("count").line);
    CPPUNIT_ASSERT_EQUAL(std::string("default"), own.options.text("name"));
    CPPUNIT_ASSERT_EQUAL(2, own.places.at("name").line);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OptionTableTest);

}  // namespace netkit::test

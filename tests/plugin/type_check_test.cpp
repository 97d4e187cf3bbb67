#include "plugin/type_check.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace netkit::testing {
namespace {

/// What is said of a type; empty if nothing is wrong.
template <class Type>
std::string complaint(const Type& type) {
  try {
    check_type(type);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

HandlerType handler(OptionSpec option) {
  return {.name = "h", .options = {std::move(option)}, .make = [](const Options&, const HandlerContext&) {
            return std::unique_ptr<Handler>();
          }};
}

class TypeCheckTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TypeCheckTest);
  CPPUNIT_TEST(a_good_type_passes);
  CPPUNIT_TEST(a_type_has_a_name_and_a_maker);
  CPPUNIT_TEST(a_framing_has_both_halves);
  CPPUNIT_TEST(options_have_names_of_their_own);
  CPPUNIT_TEST(defaults_fit);
  CPPUNIT_TEST(defaults_that_differ_by_machine_are_not_looked_at);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_good_type_passes() {
    expect("", handler({.name = "every", .type = OptionType::duration, .fallback = "1s"}));
    expect("", handler({.name = "every", .type = OptionType::duration}));
  }

  void a_type_has_a_name_and_a_maker() {
    expect("a handler has no name", HandlerType{});
    expect("a filter has no name", FilterType{});
    expect("a framing has no name", FramingType{});
    expect("handler 'h': has no 'make'", HandlerType{.name = "h"});
    expect("filter 'f': has no 'make'", FilterType{.name = "f"});
  }

  void a_framing_has_both_halves() {
    const char* text = "framing 'f': has no 'codec', nor 'decoder' and 'encoder'";
    const auto decoder = [](const Options&) { return [] { return std::unique_ptr<Decoder>(); }; };
    const auto encoder = [](const Options&) { return [] { return std::unique_ptr<Encoder>(); }; };
    expect(text, FramingType{.name = "f"});
    expect(text, FramingType{.name = "f", .decoder = decoder});
    expect(text, FramingType{.name = "f", .encoder = encoder});
    expect("", FramingType{.name = "f", .decoder = decoder, .encoder = encoder});
    expect("", FramingType{.name = "f", .codec = [](const Options&) { return [] { return Codec{}; }; }});
  }

  void options_have_names_of_their_own() {
    expect("handler 'h': an option has no name", handler({}));
    expect("handler 'h': option 'type' cannot be: in a config that is the type's name", handler({.name = "type"}));
    HandlerType twice = handler({.name = "a"});
    twice.options.push_back({.name = "a"});
    expect("handler 'h': option 'a' is published twice", twice);
  }

  void defaults_fit() {
    const std::string wrong = "handler 'h': option 'a' has a default that does not fit: ";
    const OptionSpec specs[] = {
        {.name = "a", .type = OptionType::integer, .fallback = "many"},
        {.name = "a", .type = OptionType::integer, .fallback = "11", .most = 10},
        {.name = "a", .type = OptionType::size, .fallback = "-1"},
        {.name = "a", .type = OptionType::duration, .fallback = "1"},
        {.name = "a", .type = OptionType::rate, .fallback = "fast"},
        {.name = "a", .type = OptionType::flag, .fallback = "maybe"},
        {.name = "a", .type = OptionType::choice, .fallback = "blue", .choices = {"red", "green"}},
    };
    for (const OptionSpec& spec : specs) {
      const std::string text = complaint(handler(spec));
      CPPUNIT_ASSERT_MESSAGE(spec.fallback + ": " + text, text.starts_with(wrong) && text.size() > wrong.size());
    }
    expect("handler 'h': option 'a' has a range without a value",
           handler({.name = "a", .type = OptionType::integer, .least = 2, .most = 1}));
  }

  void defaults_that_differ_by_machine_are_not_looked_at() {
    expect("", handler({.name = "a", .type = OptionType::user, .fallback = "nobody-of-that-name"}));
    expect("", handler({.name = "a", .type = OptionType::group, .fallback = "nobody-of-that-name"}));
  }

 private:
  template <class Type>
  static void expect(const std::string& text, const Type& type) {
    CPPUNIT_ASSERT_EQUAL(text, complaint(type));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TypeCheckTest);

}  // namespace
}  // namespace netkit::testing

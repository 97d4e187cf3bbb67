#include "plugin/registry.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "framing/builtin.h"

namespace netkit::testing {
namespace {

class RegistryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RegistryTest);
  CPPUNIT_TEST(every_framing_has_a_largest_message);
  CPPUNIT_TEST(a_name_is_given_once);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_framing_has_a_largest_message() {
    add_builtin_framings(registry_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{9}, registry_.framings().size());
    for (const auto& [name, type] : registry_.framings()) {
      CPPUNIT_ASSERT_MESSAGE(name, std::any_of(type.options.begin(), type.options.end(),
                                               [](const OptionSpec& spec) { return spec.name == "max"; }));
    }
  }

  void a_name_is_given_once() {
    registry_.add(HandlerType{.name = "twice"});
    CPPUNIT_ASSERT_THROW(registry_.add(HandlerType{.name = "twice"}), std::invalid_argument);
    registry_.add(FramingType{.name = "twice"});
    CPPUNIT_ASSERT_THROW(registry_.add(FramingType{.name = "twice"}), std::invalid_argument);
  }

 private:
  TypeRegistry registry_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(RegistryTest);

}  // namespace
}  // namespace netkit::testing

#include "plugin/compatibility.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace netkit::testing {
namespace {

class CompatibilityTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CompatibilityTest);
  CPPUNIT_TEST(a_plugin_built_alike_is_compatible);
  CPPUNIT_TEST(each_fact_counts);
  CPPUNIT_TEST(the_first_difference_is_named);
  CPPUNIT_TEST(a_fact_that_one_side_has_not_is_not_compared);
  CPPUNIT_TEST(each_number_of_the_range_is_taken_and_none_beyond);
  CPPUNIT_TEST(nothing_is_read_of_another_version);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_plugin_built_alike_is_compatible() { CPPUNIT_ASSERT_EQUAL(std::string(), incompatibility(descriptor_)); }

  void each_fact_counts() {
    for (BuildFact& fact : facts_) {
      const std::uint64_t value = fact.value;
      ++fact.value;
      const std::string name = fact.name;
      CPPUNIT_ASSERT_EQUAL("was built with " + name + " = " + std::to_string(value + 1) +
                               "; this netkit was built with " + name + " = " + std::to_string(value) +
                               ": rebuild it with this netkit's headers and flags",
                           incompatibility(facts_descriptor()));
      fact.value = value;
    }
  }

  void the_first_difference_is_named() {
    for (BuildFact& fact : facts_) ++fact.value;
    CPPUNIT_ASSERT(incompatibility(facts_descriptor()).starts_with("was built with _GLIBCXX_USE_CXX11_ABI = "));
  }

  void a_fact_that_one_side_has_not_is_not_compared() {
    facts_.erase(facts_.begin());
    facts_.push_back({"__OTHER_COMPILER__", 1});
    CPPUNIT_ASSERT_EQUAL(std::string(), incompatibility(facts_descriptor()));
  }

  void each_number_of_the_range_is_taken_and_none_beyond() {
    for (std::uint32_t api = kOldestPluginApi; api <= kPluginApi; ++api) {
      descriptor_.api = api;
      CPPUNIT_ASSERT_EQUAL(std::string(), incompatibility(descriptor_));
    }
    for (const std::uint32_t api : {kOldestPluginApi - 1, kPluginApi + 1}) {
      descriptor_.api = api;
      const std::string expected = "was built for plugin API " + std::to_string(api) + "; this netkit takes ";
      CPPUNIT_ASSERT_EQUAL(expected, incompatibility(descriptor_).substr(0, expected.size()));
    }
  }

  void nothing_is_read_of_another_version() {
    descriptor_.facts = nullptr;  // and a count: reading them is a crash
    descriptor_.size -= 8;
    CPPUNIT_ASSERT(!incompatibility(descriptor_).empty());
    descriptor_.api = kPluginApi + 1;
    CPPUNIT_ASSERT(!incompatibility(descriptor_).empty());
  }

 private:
  /// With `facts_` as they are now.
  const PluginDescriptor& facts_descriptor() {
    descriptor_.facts = facts_.data();
    descriptor_.fact_count = facts_.size();
    return descriptor_;
  }

  std::vector<BuildFact> facts_{kBuildFacts.begin(), kBuildFacts.end()};
  PluginDescriptor descriptor_{.name = "test", .version = "1", .enroll = [](Registry&) {}};
};
CPPUNIT_TEST_SUITE_REGISTRATION(CompatibilityTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/extensions/HelperMacros.h>

#include "admin/exposition.h"

namespace netkit::testing {
namespace {

class ExpositionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExpositionTest);
  CPPUNIT_TEST(a_metric_has_help_type_and_a_line_for_each_value);
  CPPUNIT_TEST(labels_and_help_are_escaped);
  CPPUNIT_TEST(a_histogram_adds_up_to_its_count);
  CPPUNIT_TEST(numbers_are_as_short_as_they_can_be);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_metric_has_help_type_and_a_line_for_each_value() {
    out_.begin("netkit_connections", "gauge", "Open connections.");
    out_.value({{"listener", "a"}, {"transport", "tcp"}}, std::uint64_t{3});
    out_.value({{"listener", "b"}, {"transport", "udp"}}, std::uint64_t{0});
    CPPUNIT_ASSERT_EQUAL(std::string("# HELP netkit_connections Open connections.\n"
                                     "# TYPE netkit_connections gauge\n"
                                     "netkit_connections{listener=\"a\",transport=\"tcp\"} 3\n"
                                     "netkit_connections{listener=\"b\",transport=\"udp\"} 0\n"),
                         out_.take());
  }

  void labels_and_help_are_escaped() {
    out_.begin("m", "gauge", "a\\b\n\"c\"");
    out_.value({{"l", "x\"y\\z\n"}}, std::int64_t{-1});
    CPPUNIT_ASSERT_EQUAL(std::string("# HELP m a\\\\b\\n\"c\"\n# TYPE m gauge\nm{l=\"x\\\"y\\\\z\\n\"} -1\n"),
                         out_.take());
  }

  void a_histogram_adds_up_to_its_count() {
    out_.begin("m", "histogram", "h");
    out_.histogram({{"l", "x"}}, {0.001, 1}, {2, 0, 3}, 4.5);
    CPPUNIT_ASSERT_EQUAL(std::string("# HELP m h\n# TYPE m histogram\n"
                                     "m_bucket{l=\"x\",le=\"0.001\"} 2\n"
                                     "m_bucket{l=\"x\",le=\"1\"} 2\n"
                                     "m_bucket{l=\"x\",le=\"+Inf\"} 5\n"
                                     "m_sum{l=\"x\"} 4.5\nm_count{l=\"x\"} 5\n"),
                         out_.take());
  }

  void numbers_are_as_short_as_they_can_be() {
    out_.begin("m", "gauge", "h");
    out_.value({}, 0.1);
    out_.value({}, 1e-05);
    const std::string text = out_.take();
    CPPUNIT_ASSERT(text.ends_with("m 0.1\nm 1e-05\n"));
  }

 private:
  Exposition out_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExpositionTest);

}  // namespace
}  // namespace netkit::testing

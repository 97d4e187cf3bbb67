#include "host/listener/listener_metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace netkit::testing {
namespace {

class ListenerMetricsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerMetricsTest);
  CPPUNIT_TEST(a_counter_and_a_gauge_say_their_number);
  CPPUNIT_TEST(a_histogram_counts_by_range);
  CPPUNIT_TEST(a_histogram_says_count_and_sum);
  CPPUNIT_TEST(the_same_name_is_the_same_metric);
  CPPUNIT_TEST(a_histogram_of_other_bounds_begins_anew);
  CPPUNIT_TEST(names_of_another_kind_are_refused);
  CPPUNIT_TEST(names_that_no_endpoint_could_show_are_refused);
  CPPUNIT_TEST(bounds_ascend);
  CPPUNIT_TEST(numbers_come_by_name);
  CPPUNIT_TEST(threads_lose_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_counter_and_a_gauge_say_their_number() {
    metrics_.counter("refused", "").add(3);
    const Gauge rooms = metrics_.gauge("rooms", "");
    rooms.set(5);
    rooms.add(-7);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, std::get<std::uint64_t>(number("refused")));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-2}, std::get<std::int64_t>(number("rooms")));
  }

  void a_histogram_counts_by_range() {
    const auto data = std::make_shared<Histogram::Data>(std::vector<double>{1, 2});
    const Histogram histogram(data);
    for (const double value : {0.5, 1.0, 1.5, 2.0, 2.5, 100.0}) histogram.observe(value);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, data->counts.size());
    for (const auto& count : data->counts) CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, count.load());
  }

  void a_histogram_says_count_and_sum() {
    const Histogram seconds = metrics_.histogram("seconds", "", {0.1, 1});
    seconds.observe(0.25);
    seconds.observe(4);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, std::get<std::uint64_t>(number("seconds.count")));
    CPPUNIT_ASSERT_EQUAL(4.25, std::get<double>(number("seconds.sum")));
  }

  void the_same_name_is_the_same_metric() {
    metrics_.counter("a", "").add();
    metrics_.counter("a", "in other words").add();
    metrics_.histogram("h", "", {1, 2}).observe(1);
    metrics_.histogram("h", "", {1, 2}).observe(1);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, std::get<std::uint64_t>(number("a")));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, std::get<std::uint64_t>(number("h.count")));
  }

  void a_histogram_of_other_bounds_begins_anew() {
    const Histogram before = metrics_.histogram("h", "", {1, 2});
    before.observe(1);
    metrics_.histogram("h", "", {1, 3});
    before.observe(1);  // nobody reads it any more, and it may be used all the same
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, std::get<std::uint64_t>(number("h.count")));
  }

  void names_of_another_kind_are_refused() {
    metrics_.counter("a", "");
    CPPUNIT_ASSERT_THROW(metrics_.gauge("a", ""), std::invalid_argument);
    CPPUNIT_ASSERT_THROW(metrics_.histogram("a", "", {1}), std::invalid_argument);
  }

  void names_that_no_endpoint_could_show_are_refused() {
    for (const char* name : {"", "Upper", "with space", "dash-ed", "point.ed", "\xc3\xa4"}) {
      CPPUNIT_ASSERT_THROW_MESSAGE(name, metrics_.counter(name, ""), std::invalid_argument);
    }
    CPPUNIT_ASSERT(metrics_.numbers().empty());
  }

  void bounds_ascend() {
    const std::vector<std::vector<double>> wrong = {{}, {2, 1}, {1, 1}};
    for (const std::vector<double>& bounds : wrong) {
      CPPUNIT_ASSERT_THROW(metrics_.histogram("h", "", bounds), std::invalid_argument);
    }
  }

  void numbers_come_by_name() {
    metrics_.gauge("b", "");
    metrics_.histogram("c", "", {1});
    metrics_.counter("a", "");
    std::string names;
    for (const auto& [name, value] : metrics_.numbers()) names += name + ' ';
    CPPUNIT_ASSERT_EQUAL(std::string("a b c.count c.sum "), names);
  }

  void threads_lose_nothing() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this] {
        for (int round = 0; round < 1000; ++round) {
          metrics_.counter("a", "").add();
          metrics_.histogram("h", "", {1}).observe(1);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{4000}, std::get<std::uint64_t>(number("a")));
    CPPUNIT_ASSERT_EQUAL(4000.0, std::get<double>(number("h.sum")));
  }

 private:
  std::variant<std::uint64_t, std::int64_t, double> number(const std::string& wanted) const {
    for (const auto& [name, value] : metrics_.numbers()) {
      if (name == wanted) return value;
    }
    CPPUNIT_FAIL("there is no " + wanted);
    return {};
  }

  ListenerMetrics metrics_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerMetricsTest);

}  // namespace
}  // namespace netkit::testing

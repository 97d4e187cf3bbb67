#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <string>

#include "config/loading.h"

namespace netkit::test {

class LimitsSectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LimitsSectionTest);
  CPPUNIT_TEST(totals_are_not_inherited);
  CPPUNIT_TEST(others_are_inherited);
  CPPUNIT_TEST(listener_sets_its_own);
  CPPUNIT_TEST(limits_of_datagrams);
  CPPUNIT_TEST(defaults_of_datagrams);
  CPPUNIT_TEST(message_caps_what_comes_in);
  CPPUNIT_TEST_SUITE_END();

 public:
  void totals_are_not_inherited() {
    const ServerConfig config = load_everything();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{500}, config.limits.connections);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5} << 20, config.limits.spool);
    CPPUNIT_ASSERT(config.limits.bytes == (Rate{std::int64_t{1} << 30, std::chrono::seconds(1)}));
    const Limits& plain = config.listeners.at(0).limits;
    CPPUNIT_ASSERT_EQUAL(Limits().connections, plain.connections);
    CPPUNIT_ASSERT(plain.bytes == Rate{});
  }

  void others_are_inherited() {
    const Limits plain = load_everything().listeners.at(0).limits;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2} << 20, plain.output);
    CPPUNIT_ASSERT(plain.on_limit == OnLimit::defer && !plain.dry_run);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, plain.per_source.connections);
    CPPUNIT_ASSERT(plain.per_source.connection_rate == SourceLimits().connection_rate);
    CPPUNIT_ASSERT(!plain.per_source.calls.has_value());
  }

  void listener_sets_its_own() {
    const Limits guarded = load_everything().listeners.at(6).limits;
    CPPUNIT_ASSERT(guarded.connection_rate == (Rate{200, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT(guarded.messages == (Rate{90, std::chrono::minutes(1)}));
    CPPUNIT_ASSERT(guarded.bytes == (Rate{10 << 20, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT(guarded.on_limit == OnLimit::close && guarded.dry_run);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, guarded.per_source.connections);
    CPPUNIT_ASSERT(guarded.per_source.connection_rate == (Rate{5, std::chrono::hours(1)}));
    CPPUNIT_ASSERT(guarded.per_source.messages == (Rate{7, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT(guarded.per_source.bytes == (Rate{512, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, guarded.per_source.calls.value());
    CPPUNIT_ASSERT(guarded.per_source.loopback);
  }

  void limits_of_datagrams() {
    const ServerConfig config = load_everything();
    const DatagramLimits& inherited = config.listeners.at(1).datagrams;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{10}, inherited.max_amplification);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, inherited.refused_ports.size());
    CPPUNIT_ASSERT_EQUAL(std::string("7"), to_string(inherited.refused_ports.at(0)));
    CPPUNIT_ASSERT_EQUAL(std::string("6000-6010"), to_string(inherited.refused_ports.at(1)));
    const DatagramLimits& own = config.listeners.at(2).datagrams;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, own.max_amplification);
    CPPUNIT_ASSERT(own.refused_ports.empty());
  }

  void defaults_of_datagrams() {
    FakeTypes types;
    const DatagramLimits limits = load_good(types, kGood / "windows.json").listeners.at(0).datagrams;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, limits.max_amplification);
    CPPUNIT_ASSERT_EQUAL(std::size_t{26}, limits.refused_ports.size());
    CPPUNIT_ASSERT_EQUAL(std::string("11211"), to_string(limits.refused_ports.back()));
  }

  void message_caps_what_comes_in() {
    const ServerConfig config = load_everything();
    const FramingChoice& by_server = config.listeners.at(0).transports.at(0).framing;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{256} << 10, by_server.in.options.size("max"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 20, by_server.out.options.size("max"));
    const FramingChoice& by_listener = config.listeners.at(3).transports.at(0).framing;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{64} << 10, by_listener.in.options.size("max"));
    const FramingChoice& smaller_anyway = config.listeners.at(5).transports.at(0).framing;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 10, smaller_anyway.in.options.size("max"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LimitsSectionTest);

}  // namespace netkit::test

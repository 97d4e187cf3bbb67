#include "admission/admission.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admission/addresses.h"
#include "admission/counting_waiter.h"
#include "admission/fake_listener.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

class AdmissionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AdmissionTest);
  CPPUNIT_TEST(connections_over_the_listeners_limit_are_refused);
  CPPUNIT_TEST(connections_over_the_servers_limit_are_refused);
  CPPUNIT_TEST(connections_over_a_rate_are_refused);
  CPPUNIT_TEST(a_source_has_limits_of_its_own);
  CPPUNIT_TEST(loopback_has_none_unless_asked_for);
  CPPUNIT_TEST(access_decides_first);
  CPPUNIT_TEST(a_dry_run_only_tells);
  CPPUNIT_TEST(a_reservation_is_used_by_the_connection_it_was_made_for);
  CPPUNIT_TEST(a_reservation_waits_for_capacity);
  CPPUNIT_TEST(a_reservation_waits_for_the_rate);
  CPPUNIT_TEST(arrivals_wait_for_memory);
  CPPUNIT_TEST(nothing_is_reserved_where_limits_do_not_defer);
  CPPUNIT_TEST(a_proxy_is_let_in_and_its_client_is_checked);
  CPPUNIT_TEST(who_is_no_proxy_is_denied_where_a_header_is_required);
  CPPUNIT_TEST(datagrams_over_a_rate_are_refused);
  CPPUNIT_TEST(datagrams_are_subject_to_access);
  CPPUNIT_TEST(calls_of_datagrams_are_connections);
  CPPUNIT_TEST(conversations_over_datagrams_are_connections);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    server_.most_connections = 100;
    limits().per_source = {};
    limits().per_source.connections = 0;
    limits().per_source.connection_rate = {};
  }

  void connections_over_the_listeners_limit_are_refused() {
    limits().connections = 2;
    const ConnectionPermit one = admit("192.0.2.1"), other = admit("192.0.2.2");
    CPPUNIT_ASSERT(one && other && !admit("192.0.2.3"));
    assert_told({"reached: limits.connections reached", "192.0.2.3 over-limit: limits.connections reached"});
  }

  void connections_over_the_servers_limit_are_refused() {
    server_.most_connections = 1;
    const ConnectionPermit one = admit("192.0.2.1");
    CPPUNIT_ASSERT(one && !admit("192.0.2.2"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, listener_->usage.connections.load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server_.connections.load());
  }

  void connections_over_a_rate_are_refused() {
    limits().connection_rate = {2, 1s};
    CPPUNIT_ASSERT(admit("192.0.2.1") && admit("192.0.2.1") && !admit("192.0.2.1"));
    now_ += 500ms;
    CPPUNIT_ASSERT(admit("192.0.2.1"));
    assert_told({"reached: limits.connection_rate reached", "192.0.2.1 over-limit: limits.connection_rate reached"});
  }

  void a_source_has_limits_of_its_own() {
    limits().per_source.connections = 1;
    const ConnectionPermit one = admit("192.0.2.1"), other = admit("192.0.2.2");
    CPPUNIT_ASSERT(one && other && !admit("192.0.2.1"));
    CPPUNIT_ASSERT(one.source() != other.source());
    assert_told({"reached: limits.per_source.connections reached",
                 "192.0.2.1 over-limit: limits.per_source.connections reached"});
  }

  void loopback_has_none_unless_asked_for() {
    for (const bool asked_for : {false, true}) {
      listener_ = std::make_shared<FakeListener>(server_);
      limits().per_source.connection_rate = {1, 1h};
      limits().per_source.loopback = asked_for;
      CPPUNIT_ASSERT(admit("127.0.0.1"));
      CPPUNIT_ASSERT(static_cast<bool>(admit("127.0.0.1")) != asked_for);
    }
  }

  void access_decides_first() {
    limits().connections = 1;
    listener_->access.deny.push_back(AddressRange::parse("192.0.2.2"));
    const ConnectionPermit one = admit("192.0.2.1");
    CPPUNIT_ASSERT(one && !admit("192.0.2.2"));
    assert_told({"192.0.2.2 denied: access"});
  }

  void a_dry_run_only_tells() {
    limits().connections = 1;
    limits().dry_run = true;
    const ConnectionPermit one = admit("192.0.2.1"), other = admit("192.0.2.2");
    CPPUNIT_ASSERT(one && other);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, listener_->usage.connections.load());
    assert_told({"would be reached: limits.connections reached"});
  }

  void a_reservation_is_used_by_the_connection_it_was_made_for() {
    limits().on_limit = OnLimit::defer;
    limits().connections = 1;
    Admission::Reservation reservation = reserve();
    CPPUNIT_ASSERT(reservation.permit && !reservation.has_to_wait);
    const ConnectionPermit permit =
        listener_->admission().admit(peer("192.0.2.1"), std::move(reservation.permit), now_);
    CPPUNIT_ASSERT(permit);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, listener_->usage.connections.load());
  }

  void a_reservation_waits_for_capacity() {
    limits().on_limit = OnLimit::defer;
    limits().connections = 1;
    ConnectionPermit permit = reserve().permit;
    const Admission::Reservation reservation = reserve();
    CPPUNIT_ASSERT(!reservation.permit && reservation.has_to_wait);
    CPPUNIT_ASSERT(reservation.wait_until == TimePoint::max());
    CPPUNIT_ASSERT_EQUAL(0, waiter_->calls);
    permit = ConnectionPermit();
    CPPUNIT_ASSERT_EQUAL(1, waiter_->calls);
    CPPUNIT_ASSERT(reserve().permit);
    assert_told({});
  }

  void a_reservation_waits_for_the_rate() {
    limits().on_limit = OnLimit::defer;
    limits().connection_rate = {1, 1s};
    const ConnectionPermit permit = listener_->admission().admit(peer("192.0.2.1"), reserve().permit, now_);
    const Admission::Reservation reservation = reserve();
    CPPUNIT_ASSERT(!reservation.permit && reservation.has_to_wait);
    CPPUNIT_ASSERT(reservation.wait_until == now_ + 1s);
  }

  void arrivals_wait_for_memory() {
    server_.memory.allow(8);
    server_.memory.add(6);
    CPPUNIT_ASSERT(!reserve().has_to_wait);
    server_.memory.add(1);
    const Admission::Reservation reservation = reserve();
    CPPUNIT_ASSERT(reservation.has_to_wait && reservation.wait_until > now_);
    CPPUNIT_ASSERT(!listener_->admission().admit_call(peer("192.0.2.1")));
    CPPUNIT_ASSERT(!listener_->admission().admit_conversation(peer("192.0.2.1"), now_));
    assert_told({"arrivals wait: limits.memory reached", "datagram of 192.0.2.1 over-memory: limits.memory reached",
                 "datagram of 192.0.2.1 over-memory: limits.memory reached"});
    server_.memory.add(-1);
    CPPUNIT_ASSERT(!reserve().has_to_wait);
  }

  void nothing_is_reserved_where_limits_do_not_defer() {
    limits().connections = 0;
    for (const OnLimit on_limit : {OnLimit::reject, OnLimit::close}) {
      limits().on_limit = on_limit;
      CPPUNIT_ASSERT(!reserve().permit && !reserve().has_to_wait);
    }
  }

  void a_proxy_is_let_in_and_its_client_is_checked() {
    listener_->proxy = {ProxyProtocol::required, {AddressRange::parse("10.0.0.1")}};
    listener_->access.deny.push_back(AddressRange::parse("10.0.0.0/8"));
    listener_->access.deny.push_back(AddressRange::parse("192.0.2.2"));
    limits().per_source.connections = 1;
    Admission& admission = listener_->admission();
    CPPUNIT_ASSERT(admission.expects_proxy_header(peer("10.0.0.1")));
    ConnectionPermit one = admit("10.0.0.1"), other = admit("10.0.0.1"), third = admit("10.0.0.1");
    CPPUNIT_ASSERT(one && other && third && one.source() == nullptr);
    CPPUNIT_ASSERT(!admission.identify(peer("192.0.2.1"), one, now_));
    CPPUNIT_ASSERT(admission.identify(peer("192.0.2.1"), other, now_).reason == CloseReason::over_limit);
    CPPUNIT_ASSERT(admission.identify(peer("192.0.2.2"), third, now_).reason == CloseReason::denied);
  }

  void who_is_no_proxy_is_denied_where_a_header_is_required() {
    listener_->proxy = {ProxyProtocol::required, {AddressRange::parse("10.0.0.1")}};
    CPPUNIT_ASSERT(!listener_->admission().expects_proxy_header(peer("192.0.2.1")));
    CPPUNIT_ASSERT(!admit("192.0.2.1"));
    assert_told({"192.0.2.1 denied: not in proxy_from"});
  }

  void datagrams_over_a_rate_are_refused() {
    limits().per_source.messages = {1, 1s};
    CPPUNIT_ASSERT(admits_datagram("192.0.2.1") && admits_datagram("192.0.2.2") && !admits_datagram("192.0.2.1"));
    const std::string rates(Admission::kRatesReached.text);
    assert_told({"reached: " + rates, "datagram of 192.0.2.1 rate-limit: " + rates});
  }

  void datagrams_are_subject_to_access() {
    listener_->access.allow.push_back(AddressRange::parse("192.0.2.1"));
    CPPUNIT_ASSERT(admits_datagram("192.0.2.1") && !admits_datagram("192.0.2.2"));
    assert_told({"datagram of 192.0.2.2 denied: access"});
  }

  void calls_of_datagrams_are_connections() {
    limits().connections = 1;
    {
      const ConnectionPermit call = listener_->admission().admit_call(peer("192.0.2.1"));
      CPPUNIT_ASSERT(call && !listener_->admission().admit_call(peer("192.0.2.2")));
      assert_told(
          {"reached: limits.connections reached", "datagram of 192.0.2.2 over-limit: limits.connections reached"});
    }
    CPPUNIT_ASSERT(listener_->admission().admit_call(peer("192.0.2.2")));
  }

  void conversations_over_datagrams_are_connections() {
    limits().connections = 2;
    limits().per_source.connections = 1;
    limits().per_source.connection_rate = {1, 1s};
    const auto begin = [&](const char* address) {
      return listener_->admission().admit_conversation(peer(address), now_);
    };
    ConnectionPermit first = begin("192.0.2.1");
    CPPUNIT_ASSERT(first && !begin("192.0.2.1"));
    const ConnectionPermit second = begin("192.0.2.2");
    CPPUNIT_ASSERT(second && !begin("192.0.2.3"));
    first = ConnectionPermit();
    CPPUNIT_ASSERT(!begin("192.0.2.1"));
    assert_told({"reached: limits.per_source.connections reached",
                 "datagram of 192.0.2.1 over-limit: limits.per_source.connections reached",
                 "reached: limits.connections reached", "datagram of 192.0.2.3 over-limit: limits.connections reached",
                 "reached: limits.per_source.connection_rate reached",
                 "datagram of 192.0.2.1 over-limit: limits.per_source.connection_rate reached"});
  }

 private:
  Limits& limits() { return listener_->limits; }
  ConnectionPermit admit(const std::string& address) { return listener_->admission().admit(peer(address), {}, now_); }
  Admission::Reservation reserve() { return listener_->admission().reserve(now_, waiter_); }
  bool admits_datagram(const std::string& address) {
    return listener_->admission().admits_datagram(peer(address), 1, now_);
  }

  void assert_told(const Lines& expected) {
    CPPUNIT_ASSERT_EQUAL(expected.size(), listener_->told.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CPPUNIT_ASSERT_EQUAL(expected[i], listener_->told[i]);
  }

  TimePoint now_{100h};
  ServerUsage server_;
  std::shared_ptr<FakeListener> listener_ = std::make_shared<FakeListener>(server_);
  std::shared_ptr<CountingWaiter> waiter_ = std::make_shared<CountingWaiter>();
};
CPPUNIT_TEST_SUITE_REGISTRATION(AdmissionTest);

}  // namespace
}  // namespace netkit::testing

#include "server/listeners/listener_settings.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <string>
#include <utility>

#include "config/values/option_value.h"
#include "framing/builtin.h"
#include "host/worker/worker_pool.h"
#include "support/fake_session.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// Says how many of its calls may be open.
class BoundedHandler final : public Handler {
 public:
  explicit BoundedHandler(const CallBounds& bounds) : bounds_(bounds) {}
  void on_message(const Message& /*message*/, Responder& /*responder*/) override {}
  CallBounds call_bounds() const override { return bounds_; }

 private:
  const CallBounds bounds_;
};

/// What becomes of a listener's config.
class ListenerSettingsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerSettingsTest);
  CPPUNIT_TEST(what_the_config_says_is_handed_on);
  CPPUNIT_TEST(the_framing_is_made_of_both_directions);
  CPPUNIT_TEST(at_least_one_call_may_be_open);
  CPPUNIT_TEST(the_bounds_of_datagrams_are_those_of_udp_alone);
  CPPUNIT_TEST(conversations_over_udp_have_their_own_idle_time);
  CPPUNIT_TEST_SUITE_END();

 public:
  ListenerSettingsTest() {
    add_builtin_framings(registry_);
    registry_.add(HandlerType{.name = "inside"});
    config_.name = "front";
    config_.handler.type = "inside";
    config_.transports = {transport(Transport::tcp, "line", "length"),
                          transport(Transport::udp, "datagram", "datagram")};
  }

  void what_the_config_says_is_handed_on() {
    config_.limits.connections = 7;
    config_.limits.output = 4711;
    config_.timeouts.idle = std::chrono::seconds(9);
    config_.refuse_http = true;
    config_.access.deny = {AddressRange::parse("192.0.2.0/24")};
    config_.proxy.protocol = ProxyProtocol::required;
    parts_.call_limiter = std::make_shared<ConcurrencyLimiter>(CallBounds{.at_once = 1}, 0, "front", workers_, log_);
    const ListenerSettings settings = make(0);
    CPPUNIT_ASSERT_EQUAL(std::string("front"), settings.name);
    CPPUNIT_ASSERT_EQUAL(std::string("tcp"), settings.transport);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, settings.limits.connections);
    CPPUNIT_ASSERT_EQUAL(std::size_t{4711}, settings.protocol.output_limit);
    CPPUNIT_ASSERT(settings.timeouts.idle == std::chrono::seconds(9));
    CPPUNIT_ASSERT(settings.refuse_http);
    CPPUNIT_ASSERT(settings.access.deny == config_.access.deny);
    CPPUNIT_ASSERT(settings.proxy.protocol == ProxyProtocol::required);
    CPPUNIT_ASSERT(settings.call_limiter == parts_.call_limiter);
    CPPUNIT_ASSERT(settings.protocol.call_limiter == parts_.call_limiter);
    CPPUNIT_ASSERT(settings.tls == nullptr && !settings.protocol.can_start_tls);
    config_.refuse_http.reset();
    CPPUNIT_ASSERT(!make(0).refuse_http);
  }

  void the_framing_is_made_of_both_directions() {
    const Codec codec = make(0).protocol.make_codec();
    const Decoded decoded = codec.decoder->decode("hi\n");
    CPPUNIT_ASSERT(decoded.status == Decoded::Status::message);
    Buffer out;
    codec.encoder->encode(kNoAttributes, "hi", out);
    CPPUNIT_ASSERT_EQUAL(std::string("\0\0\0\2hi", 6), std::string(out.view()));
  }

  void at_least_one_call_may_be_open() {
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bounded({.open = 0}).open_calls);
    const Protocol protocol = bounded({.open = 8, .untimed = true});
    CPPUNIT_ASSERT_EQUAL(std::size_t{8}, protocol.open_calls);
    CPPUNIT_ASSERT(protocol.untimed_replies);
  }

  void the_bounds_of_datagrams_are_those_of_udp_alone() {
    config_.datagrams.max_answers = 5;
    config_.datagrams.max_amplification = 6;
    config_.datagrams.refused_ports = {{7, 9}};
    const ListenerSettings udp = make(1);
    CPPUNIT_ASSERT_EQUAL(std::string("udp"), udp.transport);
    CPPUNIT_ASSERT_EQUAL(std::size_t{5}, udp.protocol.most_answers);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{6}, udp.datagrams.max_amplification);
    CPPUNIT_ASSERT(udp.datagrams.refused_ports.contains(8) && !udp.datagrams.refused_ports.contains(10));
    CPPUNIT_ASSERT_EQUAL(SIZE_MAX, make(0).protocol.most_answers);
  }

  void conversations_over_udp_have_their_own_idle_time() {
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, make(1).datagrams.most_conversations);
    config_.udp_sessions = UdpSessions{.idle = std::chrono::seconds(3), .max = 12};
    const ListenerSettings udp = make(1);
    CPPUNIT_ASSERT_EQUAL(std::size_t{12}, udp.datagrams.most_conversations);
    CPPUNIT_ASSERT(udp.timeouts.idle == std::chrono::seconds(3));
    CPPUNIT_ASSERT(make(0).timeouts.idle == config_.timeouts.idle);
  }

 private:
  TransportConfig transport(Transport transport, const std::string& in, const std::string& out) const {
    TransportConfig config{.transport = transport, .framing = {}};
    config.framing.in.type = in;
    config.framing.out.type = out;
    for (Choice* choice : {&config.framing.in, &config.framing.out}) {
      fill_defaults(registry_.framing(choice->type)->options, choice->options);
    }
    return config;
  }

  ListenerSettings make(std::size_t transport) {
    return make_settings(config_, config_.transports[transport], parts_, loader_);
  }
  Protocol bounded(const CallBounds& bounds) {
    parts_.handler->wrap(std::make_shared<BoundedHandler>(bounds));
    return make(0).protocol;
  }

  ListenerConfig config_;
  TypeRegistry registry_;
  PluginLoader loader_{registry_};
  MemoryLog log_;
  WorkerPool workers_{1};
  const std::shared_ptr<Reaper> reaper_ = std::make_shared<Reaper>();
  SharedParts parts_{.handler = make_parts(), .call_limiter = nullptr, .tls = nullptr};

  std::shared_ptr<ListenerHandler> make_parts() {
    auto handler =
        std::make_shared<ListenerHandler>(ListenerHandler::Plugins{}, std::make_shared<ListenerLog>(log_, "front"),
                                          nullptr, std::vector<EventLoop*>{}, workers_, *reaper_);
    handler->wrap(echo_handler());
    return handler;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ListenerSettingsTest);

}  // namespace
}  // namespace netkit::testing

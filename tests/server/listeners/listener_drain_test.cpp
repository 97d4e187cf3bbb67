#include "server/listeners/listener_drain.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "server/listeners/fake_port.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{60};

/// A conversation that `context` began, which tells when it is to be admitted anew and ends.
class Guest final : public Channel {
 public:
  Guest(EventLoop& loop, const ListenerContext& context, std::promise<void>& readmitted)
      : loop_(loop), context_(context), readmitted_(readmitted) {}
  void on_events(std::uint32_t /*events*/) override {}
  bool belongs_to(const ListenerContext& context) const override { return &context == &context_; }
  void readmit(const ListenerContext& /*now*/) override {
    readmitted_.set_value();
    loop_.release(*this);
  }
  void drain() override {}
  void abort(CloseReason /*reason*/) override {}

 private:
  EventLoop& loop_;
  const ListenerContext& context_;
  std::promise<void>& readmitted_;
};

class ListenerDrainTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerDrainTest);
  CPPUNIT_TEST(a_connection_on_its_way_to_another_loop_is_admitted_anew);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_connection_on_its_way_to_another_loop_is_admitted_anew() {
    std::promise<void> readmitted;
    std::promise<void> other_is_done;
    EventLoop accepting(0ns, log_, 0);
    EventLoop other(0ns, log_, 1);
    accepting.start();
    other.start();
    const LoopRoundRobin loops({&accepting, &other});
    const auto before = make_context({});
    ServedListener listener;
    listener.parts.push_back({make_context({.deny = {AddressRange::parse("192.0.2.0/24")}}), port_});
    listener.formers.push_back({before, port_});
    // The reload comes while the one hands the other a connection, by the former settings.
    accepting.post([&] {
      other_is_done.get_future().wait_for(kPatience);
      other.hand_over([&] { other.adopt(std::make_unique<Guest>(other, *before, readmitted)); });
    });
    ListenerDrain(loops, log_).readmit(listener);
    other.post([&] { other_is_done.set_value(); });
    CPPUNIT_ASSERT(readmitted.get_future().wait_for(kPatience) == std::future_status::ready);
    accepting.stop();
    other.stop();
  }

 private:
  std::shared_ptr<ListenerContext> make_context(const AccessList& access) {
    return std::make_shared<ListenerContext>(ListenerSettings{.name = "a", .access = access}, state_, workers_, log_);
  }

  MemoryLog log_;
  ServerState state_;
  WorkerPool workers_{1};
  const std::shared_ptr<Port> port_ = std::make_shared<FakePort>("a");
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerDrainTest);

}  // namespace
}  // namespace netkit::testing

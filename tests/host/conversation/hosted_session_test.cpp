#include "host/conversation/hosted_session.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "host/conversation/running_loops.h"
#include "support/fake_session.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// Carries a session without any transport: what it answers is kept. On its loop, but for text().
class Carrier final : public SessionHost, public ConversationHandle::Owner {
 public:
  Carrier(EventLoop& loop, ListenerContext& context) : hosted(loop, ConnectionPermit(), context, *this) {}

  Peer peer() const override { return {.host = "192.0.2.7", .port = 4711}; }
  HandleMaker& handles() override {
    if (!hosted.handle) hosted.make_handle(*this, peer(), {});
    return *hosted.handle;
  }
  void on_mail() override { hosted.take_mail(out); }
  void on_pause() override {}
  void on_answers() override { hosted.handle->call->take(out); }
  void on_return(Job& job) override {
    const std::shared_ptr<WorkerCall> done = std::exchange(hosted.handle->call, nullptr);
    done->take(out);
    hosted.complete(job, out);
    returned = true;
  }

  HostedSession hosted;
  Output out;
  std::atomic<bool> returned{false};
};

class HostedSessionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HostedSessionTest);
  CPPUNIT_TEST(mail_of_a_handle_is_delivered_and_counted);
  CPPUNIT_TEST(a_call_comes_back_with_its_answers);
  CPPUNIT_TEST(a_cancelled_call_keeps_the_detail_of_the_end);
  CPPUNIT_TEST(an_end_closes_the_handle);
  CPPUNIT_TEST(the_report_says_whose_it_is);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    loops_.on(0, [this] { carrier_.reset(); });
    loops_.workers.stop(60'000);
    loops_.stop();
  }

  void mail_of_a_handle_is_delivered_and_counted() {
    make(echo_handler());
    const auto handle = on_loop([this] {
      carrier_->handles();
      return carrier_->hosted.handle;
    });
    CPPUNIT_ASSERT(handle->send(std::make_shared<const std::string>("news"), {}));
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("news\n"), text());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, context_->totals().answers);
  }

  void a_call_comes_back_with_its_answers() {
    make(echo_handler(true));
    receive("hello\n");
    CPPUNIT_ASSERT(comes_true([this] { return carrier_->returned.load(); }));
    CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), text());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, context_->totals().answers);
  }

  void a_cancelled_call_keeps_the_detail_of_the_end() {
    std::promise<void> go_on;
    make(make_handler([wait = go_on.get_future().share()](const Message&, Responder&) { wait.wait(); }, true));
    receive("hello\n");
    CPPUNIT_ASSERT(on_loop([this] { return carrier_->hosted.cancel_call("gone"); }));
    go_on.set_value();
    CPPUNIT_ASSERT(comes_true([this] { return carrier_->returned.load(); }));
    CPPUNIT_ASSERT(!on_loop([this] { return carrier_->hosted.cancel_call("again"); }));
    CPPUNIT_ASSERT_EQUAL(std::string("gone"), on_loop([this] { return carrier_->hosted.session.end_detail(); }));
  }

  void an_end_closes_the_handle() {
    make(echo_handler());
    const auto handle = on_loop([this] {
      carrier_->handles();
      return carrier_->hosted.handle;
    });
    CPPUNIT_ASSERT(handle->open());
    loops_.on(0, [this] { carrier_->hosted.end(CloseReason::peer_closed, {}); });
    CPPUNIT_ASSERT(!handle->open());
  }

  void the_report_says_whose_it_is() {
    make(echo_handler());
    const auto id = [this] { return carrier_->hosted.id(); };
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, on_loop(id));
    const SessionReport report = on_loop([this] {
      carrier_->handles();
      return carrier_->hosted.report(carrier_->peer(), {.received_bytes = 7});
    });
    CPPUNIT_ASSERT_EQUAL(on_loop(id), report.id);
    CPPUNIT_ASSERT_EQUAL(std::string("test"), report.listener);
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), report.peer.host);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, report.received_bytes);
    const auto meets = [this](const std::string& listener) {
      return on_loop([&] { return carrier_->hosted.meets({.listener = listener}); });
    };
    CPPUNIT_ASSERT(meets("") && meets("test") && !meets("b"));
  }

 private:
  void make(std::shared_ptr<Handler> handler) {
    context_ = std::make_shared<ListenerContext>(
        ListenerSettings{.name = "test", .protocol = make_protocol("line", "line", std::move(handler))}, state_,
        loops_.workers, log_);
    loops_.on(0, [this] { carrier_ = std::make_unique<Carrier>(loops_[0], *context_); });
  }
  /// Has a worker answer `bytes`.
  void receive(const std::string& bytes) {
    CPPUNIT_ASSERT(on_loop([&] {
      carrier_->hosted.session.receive(bytes, carrier_->out);
      return carrier_->hosted.session.job_ready() && carrier_->hosted.start_call() && carrier_->hosted.calling();
    }));
  }
  /// What `act` returns on the loop.
  template <class Act>
  std::invoke_result_t<Act> on_loop(Act act) {
    std::optional<std::invoke_result_t<Act>> result;
    loops_.on(0, [&] { result.emplace(act()); });
    return *result;
  }
  std::string text() {
    return on_loop([this] { return std::string(carrier_->out.bytes().view()); });
  }

  MemoryLog log_;
  ServerState state_;
  RunningLoops loops_{1};
  std::shared_ptr<ListenerContext> context_;
  std::unique_ptr<Carrier> carrier_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostedSessionTest);

}  // namespace
}  // namespace netkit::testing

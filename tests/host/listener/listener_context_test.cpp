#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "admission/peer_address.h"
#include "host/listener/listener_context.h"
#include "server/log/log_format.h"

namespace netkit::testing {
namespace {

/// Keeps what it is given, at one level and above.
class LevelLog final : public HostLog {
 public:
  LevelLog(LogLevel least, bool connections) : least_(least), connections_(connections) {}

  void write(LogLevel, std::string_view text) override { texts.emplace_back(text); }
  void event(LogLevel, std::string_view event, std::initializer_list<LogField>) override { texts.emplace_back(event); }
  void event(LogLevel, const LogContext& context, std::string_view event,
             std::initializer_list<LogField> fields) override {
    texts.push_back(make_json_format()->encode(EventRecord{event, fields, context}));
  }
  void write(LogLevel level, const ConnectionRecord& record) override {
    levels.push_back(level);
    records.push_back(record);
  }
  bool writes(LogLevel level) const override { return level >= least_; }
  bool every_connection() const override { return connections_; }

  std::vector<std::string> texts;
  std::vector<LogLevel> levels;
  std::vector<ConnectionRecord> records;

 private:
  LogLevel least_;
  bool connections_;
};

constexpr AdmissionRule kFull{"full", "connections", "server"};

/// Counts how often it had to say who it is.
struct CountingHost final : SessionHost {
  Peer peer() const override {
    ++asked;
    return {.host = "192.0.2.7", .port = 4711};
  }
  HandleMaker& handles() override { throw std::logic_error("nobody keeps a handle here"); }
  mutable int asked = 0;
};

class ListenerContextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerContextTest);
  CPPUNIT_TEST(a_line_that_is_not_written_is_not_put_into_words);
  CPPUNIT_TEST(an_ordinary_end_has_no_line);
  CPPUNIT_TEST(every_connection_has_two_lines_if_asked_for);
  CPPUNIT_TEST(other_ends_are_told_now_and_then);
  CPPUNIT_TEST(what_admission_refuses_is_counted_and_told);
  CPPUNIT_TEST(a_dry_run_tells_what_it_would_have_done);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_line_that_is_not_written_is_not_put_into_words() {
    for (const bool connections : {false, true}) {
      LevelLog log(LogLevel::error, connections);
      const auto context = make(log);
      context->opened(host_);
      end(*context, CloseReason::malformed);
      end(*context, CloseReason::peer_closed);
      context->closed(CloseReason::over_limit, Peer{"192.0.2.7", 4711}, "full");
      context->dropped(DatagramDrop::truncated, PeerAddress());
      CPPUNIT_ASSERT_EQUAL(0, host_.asked);
      CPPUNIT_ASSERT(log.texts.empty() && log.records.empty());
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, closed(*context, CloseReason::malformed));
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, closed(*context, CloseReason::over_limit));
      // Nor has it kept the next one back.
      context->event_now_and_then(LogLevel::error, "accept-failed", {}, "cannot accept", {"error", "full"});
      CPPUNIT_ASSERT_EQUAL(std::string(R"("event":"accept-failed","listener":"web","transport":"udp","error":"full",)"
                                       R"("text":"cannot accept")"),
                           log.texts.at(0));
    }
  }

  void an_ordinary_end_has_no_line() {
    LevelLog log(LogLevel::info, false);
    const auto context = make(log);
    context->opened(host_);
    end(*context, CloseReason::peer_closed);
    CPPUNIT_ASSERT_EQUAL(0, host_.asked);
    CPPUNIT_ASSERT(log.records.empty());
  }

  void every_connection_has_two_lines_if_asked_for() {
    LevelLog log(LogLevel::info, true);
    const auto context = make(log);
    for (int i = 0; i < 3; ++i) {
      context->opened(host_);
      end(*context, i == 0 ? CloseReason::peer_closed : CloseReason::body_failed);
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{6}, log.records.size());
    CPPUNIT_ASSERT(!log.records[0].ends() && log.records[1].ends());
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7:4711"), to_string(log.records[0].peer));
    CPPUNIT_ASSERT_EQUAL(std::string("udp"), log.records[1].transport);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, log.records[1].traffic.sent_bytes);
    CPPUNIT_ASSERT(log.levels[1] == LogLevel::info && log.levels[3] == LogLevel::warning);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, log.records[5].left_out);
  }

  void other_ends_are_told_now_and_then() {
    LevelLog log(LogLevel::info, false);
    const auto context = make(log);
    for (int i = 0; i < 1000; ++i) end(*context, CloseReason::malformed);
    CPPUNIT_ASSERT(log.records.size() < 1000);
    CPPUNIT_ASSERT_EQUAL(static_cast<int>(log.records.size()), host_.asked);
    CPPUNIT_ASSERT_EQUAL(std::string("no number"), log.records.at(0).detail);
  }

  void what_admission_refuses_is_counted_and_told() {
    LevelLog log(LogLevel::info, false);
    const auto context = make(log);
    context->on_limit_reached(peer_, CloseReason::over_limit, kFull, true);
    CPPUNIT_ASSERT(log.texts.empty());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, context->counters.limits_reached.load());
    context->on_connection_refused(peer_, CloseReason::over_limit, kFull);
    CPPUNIT_ASSERT_EQUAL(std::string(R"("event":"datagram-failed","listener":"web","transport":"udp",)"
                                     R"("peer":"192.0.2.7:4711","reason":"over-limit","limit":"connections",)"
                                     R"("limit_level":"server","text":"over-limit: full")"),
                         log.texts.at(0));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, closed(*context, CloseReason::over_limit));
    context->on_datagram_refused(peer_, CloseReason::denied, {"access"});
    context->on_datagram_refused(peer_, CloseReason::rate_limit, {"fast"});
    context->on_datagram_refused(peer_, CloseReason::over_limit, kFull);
    for (const DatagramDrop drop : {DatagramDrop::denied, DatagramDrop::rate_limit, DatagramDrop::over_limit}) {
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1},
                           context->counters.datagrams_dropped[static_cast<std::size_t>(drop)].load());
    }
  }

  void a_dry_run_tells_what_it_would_have_done() {
    LevelLog log(LogLevel::info, false);
    const auto context = make(log);
    context->on_limit_reached(peer_, CloseReason::over_limit, kFull, false);
    CPPUNIT_ASSERT_EQUAL(std::string(R"("event":"limit-dry-run","listener":"web","transport":"udp",)"
                                     R"("peer":"192.0.2.7:4711","reason":"over-limit","limit":"connections",)"
                                     "\"limit_level\":\"server\",\"text\":\"would be over-limit: full (dry run)\""),
                         log.texts.at(0));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, context->counters.limits_reached.load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, closed(*context, CloseReason::over_limit));
  }

 private:
  std::shared_ptr<ListenerContext> make(HostLog& log) {
    return std::make_shared<ListenerContext>(ListenerSettings{.name = "web", .transport = "udp"}, server_, workers_,
                                             log);
  }

  void end(ListenerContext& context, CloseReason reason) {
    context.closed(
        {.reason = reason, .detail = "no number", .duration = std::chrono::seconds(1), .traffic = {1, 2, 3, 4}}, host_);
  }

  static std::uint64_t closed(const ListenerContext& context, CloseReason reason) {
    return context.counters.closed[static_cast<std::size_t>(reason)];
  }

  ServerState server_;
  WorkerPool workers_{1};
  CountingHost host_;
  PeerAddress peer_ = PeerAddress::of(IpAddress::v4("\xc0\0\2\7"), 4711);
};
CPPUNIT_TEST_SUITE_REGISTRATION(ListenerContextTest);

}  // namespace
}  // namespace netkit::testing

#include "host/listener/drain_cut.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// A conversation, or none, that is cut off.
class CutChannel final : public Channel {
 public:
  void on_events(std::uint32_t /*events*/) override {}
  bool belongs_to(const ListenerContext& /*context*/) const override { return false; }
  void drain() override {}
  void abort(CloseReason reason) override { reason_ = reason; }
  std::optional<SessionReport> report(const SessionQuery& /*query*/) override {
    if (fails) throw std::bad_alloc();
    return carried;
  }
  CloseReason reason() const { return reason_; }

  std::optional<SessionReport> carried{};
  bool fails = false;

 private:
  CloseReason reason_ = CloseReason::none;
};

class DrainCutTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DrainCutTest);
  CPPUNIT_TEST(the_log_says_who_was_cut_off);
  CPPUNIT_TEST(what_is_no_conversation_ends_without_a_line);
  CPPUNIT_TEST(it_ends_where_the_line_finds_no_memory);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_log_says_who_was_cut_off() {
    channel_.carried = SessionReport{.id = 7, .listener = "front", .transport = "tcp"};
    channel_.carried->peer = {.host = "192.0.2.7", .port = 4711};
    cut_off(channel_, log_);
    CPPUNIT_ASSERT(channel_.reason() == CloseReason::shutdown);
    CPPUNIT_ASSERT(log_.contains("front"));
    CPPUNIT_ASSERT(log_.contains("192.0.2.7:4711"));
    CPPUNIT_ASSERT(log_.contains("cut off, as the time to drain is over"));
  }

  void what_is_no_conversation_ends_without_a_line() {
    cut_off(channel_, log_);
    CPPUNIT_ASSERT(channel_.reason() == CloseReason::shutdown);
    CPPUNIT_ASSERT(!log_.contains("cut off"));
  }

  void it_ends_where_the_line_finds_no_memory() {
    channel_.fails = true;
    cut_off(channel_, log_);
    CPPUNIT_ASSERT(channel_.reason() == CloseReason::shutdown);
  }

 private:
  CutChannel channel_;
  MemoryLog log_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(DrainCutTest);

}  // namespace
}  // namespace netkit::testing

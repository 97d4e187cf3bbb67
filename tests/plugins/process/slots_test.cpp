#include "each/slots.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "each/source.h"
#include "support/recording_conversation.h"

namespace netkit::process {

/// One program at a time, for which two may wait.
class SlotsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SlotsTest);
  CPPUNIT_TEST(who_withdraws_makes_room);
  CPPUNIT_TEST(a_turn_cannot_be_withdrawn_from);
  CPPUNIT_TEST(who_has_fewer_programs_goes_before);
  CPPUNIT_TEST(a_source_is_a_network_or_a_user);
  CPPUNIT_TEST(messages_that_find_no_room_pause_their_conversation);
  CPPUNIT_TEST(large_messages_fill_it_too);
  CPPUNIT_TEST_SUITE_END();

 public:
  void who_withdraws_makes_room() {
    Slots::Ticket first = 0;
    Slots::Ticket other = 0;
    CPPUNIT_ASSERT(enter("a", first) == Slots::Entry::free);
    CPPUNIT_ASSERT(enter("a", first) == Slots::Entry::waits);
    CPPUNIT_ASSERT(enter("a", other) == Slots::Entry::waits);
    CPPUNIT_ASSERT(enter("a", other) == Slots::Entry::refused);
    CPPUNIT_ASSERT(slots_.withdraw(first));
    CPPUNIT_ASSERT(!slots_.withdraw(first));
    CPPUNIT_ASSERT(enter("a", first) == Slots::Entry::waits);
  }
  void a_turn_cannot_be_withdrawn_from() {
    Slots::Ticket ticket = 0;
    enter("a", ticket);
    enter("a", ticket);
    slots_.leave("a");
    CPPUNIT_ASSERT(!slots_.withdraw(ticket));
  }
  void who_has_fewer_programs_goes_before() {
    Slots slots(Listener(), 3, 100);
    std::vector<Slots::Ticket> many(10);
    for (Slots::Ticket& ticket : many)
      slots.enter(
          "a", 0, [] {}, ticket);
    std::array<Slots::Ticket, 2> few{};
    for (Slots::Ticket& ticket : few)
      slots.enter(
          "b", 0, [] {}, ticket);
    slots.leave("a");
    CPPUNIT_ASSERT(!slots.withdraw(few[0]));
    slots.leave("a");  // one each is left: it is the turn of the other
    CPPUNIT_ASSERT(!slots.withdraw(many[3]));
    slots.leave("a");
    CPPUNIT_ASSERT(!slots.withdraw(few[1]));
    slots.leave("b");
    CPPUNIT_ASSERT(!slots.withdraw(many[4]));
    CPPUNIT_ASSERT(slots.withdraw(many[5]));
  }
  void a_source_is_a_network_or_a_user() {
    const auto of = [](const char* host) { return source_of(Peer{.host = host, .port = 1}); };
    CPPUNIT_ASSERT(of("192.0.2.7") != of("192.0.2.8"));
    CPPUNIT_ASSERT(of("2001:db8:0:1::1") == of("2001:db8:0:1:ffff::2"));
    CPPUNIT_ASSERT(of("2001:db8:0:1::1") != of("2001:db8:0:2::1"));
    const auto user = [](std::uint32_t uid, int pid) {
      return source_of(Peer{.host = "unix:", .credentials = UnixCredentials{.user = uid, .group = 1, .process = pid}});
    };
    CPPUNIT_ASSERT(user(1000, 1) == user(1000, 2));
    CPPUNIT_ASSERT(user(1000, 1) != user(1001, 1));
  }
  void messages_that_find_no_room_pause_their_conversation() {
    for (int i = 0; i < 3; ++i) put(1);
    CPPUNIT_ASSERT(!core_->paused);
    CPPUNIT_ASSERT(put(1) == Slots::Entry::waits);
    CPPUNIT_ASSERT(core_->paused);
    slots_.leave("a");
    CPPUNIT_ASSERT(core_->paused);
    slots_.leave("a");
    CPPUNIT_ASSERT(!core_->paused);
  }
  void large_messages_fill_it_too() {
    put(1);
    put(Inbox::kMostBytes);
    CPPUNIT_ASSERT(!core_->paused);
    put(1);
    CPPUNIT_ASSERT(core_->paused);
    slots_.leave("a");
    CPPUNIT_ASSERT(!core_->paused);
  }

 private:
  Slots::Entry put(std::size_t size) {
    Slots::Ticket ticket = 0;
    return slots_.enter(
        "a", conversation_, size, [] {}, ticket);
  }
  Slots::Entry enter(const char* source, Slots::Ticket& ticket) {
    return slots_.enter(
        source, 0, [] {}, ticket);
  }

  const std::shared_ptr<testing::RecordingConversation> core_ =
      std::make_shared<testing::RecordingConversation>(Peer{});
  const Conversation conversation_{core_};
  Slots slots_{Listener(), 1, 2};
};

CPPUNIT_TEST_SUITE_REGISTRATION(SlotsTest);

}  // namespace netkit::process

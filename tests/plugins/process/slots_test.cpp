#include "each/slots.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <memory>

#include "support/recording_conversation.h"

namespace netkit::process {

/// One program at a time, for which two may wait.
class SlotsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SlotsTest);
  CPPUNIT_TEST(who_withdraws_makes_room);
  CPPUNIT_TEST(a_turn_cannot_be_withdrawn_from);
  CPPUNIT_TEST(messages_that_find_no_room_pause_their_conversation);
  CPPUNIT_TEST(large_messages_fill_it_too);
  CPPUNIT_TEST_SUITE_END();

 public:
  void who_withdraws_makes_room() {
    Slots::Ticket first = 0;
    Slots::Ticket second = 0;
    CPPUNIT_ASSERT(slots_.enter(
                       0, [] {}, first) == Slots::Entry::free);
    CPPUNIT_ASSERT(slots_.enter(
                       0, [] {}, first) == Slots::Entry::waits);
    CPPUNIT_ASSERT(slots_.enter(
                       0, [] {}, second) == Slots::Entry::waits);
    Slots::Ticket refused = 0;
    CPPUNIT_ASSERT(slots_.enter(
                       0, [] {}, refused) == Slots::Entry::refused);
    CPPUNIT_ASSERT(slots_.withdraw(first));
    CPPUNIT_ASSERT(!slots_.withdraw(first));
    CPPUNIT_ASSERT(slots_.enter(
                       0, [] {}, first) == Slots::Entry::waits);
  }
  void a_turn_cannot_be_withdrawn_from() {
    Slots::Ticket ticket = 0;
    slots_.enter(
        0, [] {}, ticket);
    slots_.enter(
        0, [] {}, ticket);
    slots_.leave();
    CPPUNIT_ASSERT(!slots_.withdraw(ticket));
  }
  void messages_that_find_no_room_pause_their_conversation() {
    for (int i = 0; i < 3; ++i) put(1);
    CPPUNIT_ASSERT(!core_->paused);
    CPPUNIT_ASSERT(put(1) == Slots::Entry::waits);
    CPPUNIT_ASSERT(core_->paused);
    slots_.leave();
    CPPUNIT_ASSERT(core_->paused);
    slots_.leave();
    CPPUNIT_ASSERT(!core_->paused);
  }
  void large_messages_fill_it_too() {
    put(1);
    put(Inbox::kMostBytes);
    CPPUNIT_ASSERT(!core_->paused);
    put(1);
    CPPUNIT_ASSERT(core_->paused);
    slots_.leave();
    CPPUNIT_ASSERT(!core_->paused);
  }

 private:
  Slots::Entry put(std::size_t size) {
    Slots::Ticket ticket = 0;
    return slots_.enter(
        conversation_, size, [] {}, ticket);
  }

  const std::shared_ptr<testing::RecordingConversation> core_ =
      std::make_shared<testing::RecordingConversation>(Peer{});
  const Conversation conversation_{core_};
  Slots slots_{Listener(), 1, 2};
};

CPPUNIT_TEST_SUITE_REGISTRATION(SlotsTest);

}  // namespace netkit::process

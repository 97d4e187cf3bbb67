#include "pool/inbox.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "support/recording_conversation.h"

namespace netkit::process {

class InboxTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(InboxTest);
  CPPUNIT_TEST(the_first_is_told_of_once);
  CPPUNIT_TEST(a_full_inbox_pauses_conversations_until_it_is_taken);
  CPPUNIT_TEST(large_messages_fill_it_too);
  CPPUNIT_TEST(ends_do_not_count);
  CPPUNIT_TEST(a_batch_that_is_done_with_gives_its_memory_to_the_next);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_first_is_told_of_once() {
    CPPUNIT_ASSERT(put("one") == Inbox::Put::first);
    CPPUNIT_ASSERT(put("two") == Inbox::Put::behind);
    const Inbox::Batch batch = inbox_.take();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, batch.items.size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, batch.items[1].size);
    CPPUNIT_ASSERT_EQUAL(std::string_view("onetwo"), batch.bodies.view());
    CPPUNIT_ASSERT(put("three") == Inbox::Put::first);
  }
  void a_full_inbox_pauses_conversations_until_it_is_taken() {
    put("one");
    put("two");
    CPPUNIT_ASSERT(!core_->paused);
    put("three");
    CPPUNIT_ASSERT(core_->paused);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, inbox_.take().items.size());
    CPPUNIT_ASSERT(!core_->paused);
  }
  void large_messages_fill_it_too() {
    put(std::string(Inbox::kMostBytes, 'x'));
    CPPUNIT_ASSERT(!core_->paused);
    put("two");
    CPPUNIT_ASSERT(core_->paused);
    inbox_.take();
    CPPUNIT_ASSERT(!core_->paused);
  }
  void ends_do_not_count() {
    put("one");
    put("two");
    Inbox::Item end{.kind = Inbox::Item::Kind::close};
    inbox_.put(end, {}, conversation_);
    CPPUNIT_ASSERT(!core_->paused);
  }
  void a_batch_that_is_done_with_gives_its_memory_to_the_next() {
    put("one");
    Inbox::Batch batch = inbox_.take();
    const Inbox::Item* const memory = batch.items.data();
    inbox_.recycle(std::move(batch));
    inbox_.take();  // uses it from now on
    CPPUNIT_ASSERT(put("two") == Inbox::Put::first);
    batch = inbox_.take();
    CPPUNIT_ASSERT_EQUAL(memory, static_cast<const Inbox::Item*>(batch.items.data()));
    CPPUNIT_ASSERT_EQUAL(std::string_view("two"), batch.bodies.view());
  }

 private:
  Inbox::Put put(std::string_view body) {
    Inbox::Item item;
    return inbox_.put(item, body, conversation_);
  }

  const std::shared_ptr<testing::RecordingConversation> core_ =
      std::make_shared<testing::RecordingConversation>(Peer{});
  const Conversation conversation_{core_};
  Inbox inbox_{2};
};

CPPUNIT_TEST_SUITE_REGISTRATION(InboxTest);

}  // namespace netkit::process

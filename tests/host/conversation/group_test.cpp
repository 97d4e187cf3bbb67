#include "netkit/group.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <stdexcept>

#include "host/conversation/conversation_handle.h"
#include "host/conversation/running_loops.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kOutputLimit = 10;

/// A conversation on one of the loops that keeps what it is sent.
class Member final : public ConversationHandle::Owner {
 public:
  Member(RunningLoops& loops, std::size_t loop) : loops_(loops), loop_(loop) {
    handle = std::make_shared<ConversationHandle>(loops[loop], loops.workers, nullptr, Peer{}, kOutputLimit);
    loops.on(loop, [this] { handle->attach(*this); });
  }
  ~Member() override { end(); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  void on_mail() override {
    for (Mail& mail : handle->take_mail()) {
      if (auto* unasked = std::get_if<mail::Unasked>(&mail)) got.push_back(unasked->answer.body);
      const auto* close = std::get_if<mail::Close>(&mail);
      if (close != nullptr && close->reason == CloseReason::too_slow) too_slow = true;
    }
  }
  void on_pause() override {}
  void on_answers() override {}
  void on_return(Job& /*job*/) override {}

  Conversation conversation() const { return handle->conversation(); }
  void end() {
    loops_.on(loop_, [this] { handle->end(); });
  }
  void fill() {
    loops_.on(loop_, [this] { handle->report_unsent(kOutputLimit); });
  }
  /// All that it got, joined. Once the loops have settled.
  std::string text() const {
    std::string all;
    for (const SharedBody& body : got) all += *body;
    return all;
  }

  std::shared_ptr<ConversationHandle> handle;
  std::vector<SharedBody> got;
  std::atomic<bool> too_slow{false};

 private:
  RunningLoops& loops_;
  const std::size_t loop_;
};

class GroupTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GroupTest);
  CPPUNIT_TEST(all_members_share_one_body);
  CPPUNIT_TEST(one_may_be_left_out);
  CPPUNIT_TEST(adding_sending_and_removing_keep_their_order);
  CPPUNIT_TEST(a_member_is_added_once);
  CPPUNIT_TEST(one_that_ends_leaves_by_itself);
  CPPUNIT_TEST(one_that_has_ended_does_not_join);
  CPPUNIT_TEST(a_slow_member_misses_messages);
  CPPUNIT_TEST(a_slow_member_is_ended);
  CPPUNIT_TEST(a_group_that_is_gone_leaves_nothing_behind);
  CPPUNIT_TEST(the_end_of_the_listener_ends_its_groups);
  CPPUNIT_TEST(a_message_keeps_the_code_it_was_made_by);
  CPPUNIT_TEST(members_come_and_go_on_many_threads);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { services_->begin(); }

  void all_members_share_one_body() {
    add(first_, second_, third_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, group_.size());
    group_.send("hello");
    loops_.settle();
    for (const Member* member : {&first_, &second_, &third_})
      CPPUNIT_ASSERT_EQUAL(std::string("hello"), member->text());
    CPPUNIT_ASSERT(first_.got.at(0).get() == second_.got.at(0).get());
    CPPUNIT_ASSERT(first_.got.at(0).get() == third_.got.at(0).get());
  }

  void one_may_be_left_out() {
    add(first_, second_);
    group_.send("a", first_.conversation());
    group_.send("b", third_.conversation());  // no member
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("b"), first_.text());
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), second_.text());
  }

  void adding_sending_and_removing_keep_their_order() {
    group_.send("a");
    group_.add(first_.conversation());
    group_.send("b");
    group_.send("c");
    group_.remove(first_.conversation());
    group_.send("d");
    group_.add(first_.conversation());
    group_.send("e");
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("bce"), first_.text());
  }

  void a_member_is_added_once() {
    add(first_, first_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group_.size());
    group_.send("a");
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("a"), first_.text());
    group_.remove(first_.conversation());
    group_.remove(first_.conversation());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, group_.size());
  }

  void one_that_ends_leaves_by_itself() {
    add(first_, third_);
    loops_.settle();
    first_.end();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group_.size());
    group_.send("a");
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("a"), third_.text());
    CPPUNIT_ASSERT_EQUAL(1L, first_.handle.use_count());
  }

  void one_that_has_ended_does_not_join() {
    loops_.on(0, [&] {
      group_.add(first_.conversation());
      first_.handle->end();  // before the loop comes to it
    });
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, group_.size());
    group_.add(first_.conversation());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, group_.size());
  }

  void a_slow_member_misses_messages() {
    add(first_, second_);
    first_.fill();
    group_.send("a");
    group_.send("b");
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string(), first_.text());
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), second_.text());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, group_.skipped());
    CPPUNIT_ASSERT(!first_.too_slow);
  }

  void a_slow_member_is_ended() {
    group_ = listener_.make_group(SlowMember::close);
    add(first_, second_);
    first_.fill();
    group_.send("a");
    loops_.settle();
    CPPUNIT_ASSERT(first_.too_slow);
    CPPUNIT_ASSERT(!second_.too_slow);
    CPPUNIT_ASSERT_EQUAL(std::string("a"), second_.text());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group_.size());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, group_.skipped());
  }

  void a_group_that_is_gone_leaves_nothing_behind() {
    add(first_);
    loops_.settle();
    CPPUNIT_ASSERT(first_.handle.use_count() > 1);
    group_ = {};
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(1L, first_.handle.use_count());
    first_.end();  // nothing is told that is gone
  }

  void the_end_of_the_listener_ends_its_groups() {
    add(first_);
    loops_.settle();
    services_->end(nullptr);
    group_.send("a");
    group_.add(second_.conversation());
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string(), first_.text());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group_.size());
  }

  void a_message_keeps_the_code_it_was_made_by() {
    add(first_);
    group_.send("a");
    loops_.settle();
    services_->end(nullptr);
    loops_.settle();
    const std::weak_ptr<const void> code = plugins_;
    plugins_.reset();
    CPPUNIT_ASSERT(!code.expired());
    first_.got.clear();
    CPPUNIT_ASSERT(code.expired());
  }

  void members_come_and_go_on_many_threads() {
    std::vector<std::thread> threads;
    for (Member* member : {&first_, &second_, &third_}) {
      threads.emplace_back([this, member] {
        for (int i = 0; i < 1000; ++i) {
          group_.add(member->conversation());
          group_.remove(member->conversation());
        }
        group_.add(member->conversation());
      });
    }
    for (std::thread& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, group_.size());
    group_.send("z");
    loops_.settle();
    for (const Member* member : {&first_, &second_, &third_}) CPPUNIT_ASSERT_EQUAL(std::string("z"), member->text());
  }

 private:
  template <class... Members>
  void add(Members&... members) {
    (group_.add(members.conversation()), ...);
  }

  RunningLoops loops_{2};
  std::shared_ptr<int> plugins_ = std::make_shared<int>();
  std::shared_ptr<ListenerServices> services_ =
      std::make_shared<ListenerServices>(loops_.all(), loops_.workers, loops_.log, std::weak_ptr<const void>(plugins_));
  Listener listener_{services_};
  Member first_{loops_, 0};
  Member second_{loops_, 0};
  Member third_{loops_, 1};
  Group group_ = listener_.make_group(SlowMember::skip);
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupTest);

}  // namespace
}  // namespace netkit::testing

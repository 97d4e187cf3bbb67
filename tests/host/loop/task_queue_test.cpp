#include "host/loop/task_queue.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// This thread is the loop's.
class TaskQueueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TaskQueueTest);
  CPPUNIT_TEST(posted_tasks_run_in_their_order);
  CPPUNIT_TEST(what_a_task_posts_waits_for_the_next_turn);
  CPPUNIT_TEST(a_task_that_throws_is_logged_and_the_others_run);
  CPPUNIT_TEST(what_is_dropped_is_destroyed_without_a_lock);
  CPPUNIT_TEST_SUITE_END();

 public:
  void posted_tasks_run_in_their_order() {
    CPPUNIT_ASSERT(!readable());
    std::thread([this] {
      queue_.post([this] { ran_ += "a"; });
      queue_.post([this] { ran_ += "b"; });
    }).join();
    CPPUNIT_ASSERT(readable());
    CPPUNIT_ASSERT_EQUAL(std::string(), ran_);
    queue_.run_posted();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), ran_);
    CPPUNIT_ASSERT(!readable());
  }

  void what_a_task_posts_waits_for_the_next_turn() {
    queue_.post_own([this] {
      ran_ += "a";
      queue_.post_own([this] { ran_ += "b"; });
    });
    CPPUNIT_ASSERT(!readable());  // the loop looks at has_own() before it sleeps
    queue_.run_own();
    CPPUNIT_ASSERT_EQUAL(std::string("a"), ran_);
    CPPUNIT_ASSERT(queue_.has_own());
    queue_.run_own();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), ran_);
    CPPUNIT_ASSERT(!queue_.has_own());
  }

  void a_task_that_throws_is_logged_and_the_others_run() {
    queue_.post([] { throw std::runtime_error("on fire"); });
    queue_.post([this] { ran_ += "b"; });
    queue_.run_posted();
    CPPUNIT_ASSERT_EQUAL(std::string("b"), ran_);
    CPPUNIT_ASSERT(log_.contains("event loop task failed: on fire"));
  }

  /// What goes with a task may post another one.
  void what_is_dropped_is_destroyed_without_a_lock() {
    const auto post_another = [this](const std::string* gone) {
      queue_.post([] {});
      ran_ += *gone;
    };
    const std::string text = "gone";
    queue_.post([goes = std::shared_ptr<const std::string>(&text, post_another)] {});
    queue_.drop();
    CPPUNIT_ASSERT_EQUAL(text, ran_);
  }

 private:
  bool readable() const {
    pollfd look{queue_.descriptor(), POLLIN, 0};
    return ::poll(&look, 1, 0) == 1;
  }

  MemoryLog log_;
  std::string ran_;
  TaskQueue queue_{log_};
};
CPPUNIT_TEST_SUITE_REGISTRATION(TaskQueueTest);

}  // namespace
}  // namespace netkit::testing

#include "server/upgrade.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <chrono>

#include "support/test_host.h"

namespace netkit::testing {
namespace {

class UpgradeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UpgradeTest);
  CPPUNIT_TEST(without_one_there_is_nothing_to_wait_for);
  CPPUNIT_TEST(a_program_that_is_not_there_is_logged);
  CPPUNIT_TEST(a_new_server_that_ends_is_forgotten);
  CPPUNIT_TEST(to_end_it_is_no_handover);
  CPPUNIT_TEST_SUITE_END();

 public:
  void without_one_there_is_nothing_to_wait_for() {
    Upgrade upgrade({"/bin/true", {"true"}}, log_);
    CPPUNIT_ASSERT(!upgrade.running());
    CPPUNIT_ASSERT_EQUAL(-1, upgrade.descriptor());
    CPPUNIT_ASSERT(upgrade.deadline() == TimePoint::max());
    CPPUNIT_ASSERT(!upgrade.handed_over());
    CPPUNIT_ASSERT(!upgrade.end());
  }

  void a_program_that_is_not_there_is_logged() {
    Upgrade upgrade({"/nowhere/netkit-server", {"netkit-server"}}, log_);
    upgrade.begin(ports_);
    CPPUNIT_ASSERT(!upgrade.running());
    CPPUNIT_ASSERT(log_.contains("upgrade failed, this server goes on: cannot start /nowhere/netkit-server: "));
  }

  void a_new_server_that_ends_is_forgotten() {
    Upgrade upgrade({"/bin/false", {"false"}}, log_);
    upgrade.begin(ports_);
    CPPUNIT_ASSERT(log_.contains("upgrade: started /bin/false as process "));
    for (int looks = 0; upgrade.running(); ++looks) {
      CPPUNIT_ASSERT(looks < 1000);
      pollfd news{upgrade.descriptor(), POLLIN, 0};
      CPPUNIT_ASSERT(::poll(&news, 1, 60'000) == 1);
      CPPUNIT_ASSERT(!upgrade.handed_over());
    }
    CPPUNIT_ASSERT(log_.contains("the new one did not come to serve: "));
  }

  void to_end_it_is_no_handover() {
    Upgrade upgrade({"/bin/sleep", {"sleep", "3600"}}, log_);
    upgrade.begin(ports_);
    CPPUNIT_ASSERT(upgrade.running());
    CPPUNIT_ASSERT(upgrade.deadline() < TimePoint::max());
    CPPUNIT_ASSERT(!upgrade.end());
    CPPUNIT_ASSERT(!upgrade.running());
  }

 private:
  MemoryLog log_;
  PortTable ports_{PassedSockets(), log_};
};
CPPUNIT_TEST_SUITE_REGISTRATION(UpgradeTest);

}  // namespace
}  // namespace netkit::testing

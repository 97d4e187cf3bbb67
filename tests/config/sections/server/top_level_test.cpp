#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "config/loading.h"
#include "netkit/account.h"

namespace netkit::test {

class TopLevelTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TopLevelTest);
  CPPUNIT_TEST(event_loops);
  CPPUNIT_TEST(worker_threads);
  CPPUNIT_TEST(log);
  CPPUNIT_TEST(user_and_group);
  CPPUNIT_TEST(nothing_is_required);
  CPPUNIT_TEST_SUITE_END();

 public:
  void event_loops() {
    const EventLoops loops = load_everything().event_loops;
    CPPUNIT_ASSERT_EQUAL(2U, loops.count);
    CPPUNIT_ASSERT(loops.spin == std::chrono::microseconds(50));
    CPPUNIT_ASSERT(loops.pin);
  }

  void worker_threads() {
    CPPUNIT_ASSERT_EQUAL(8U, load_everything().worker_threads);
    CPPUNIT_ASSERT_EQUAL(64U, ServerConfig().worker_threads);
  }

  void log() {
    const LogConfig log = load_everything().log;
    CPPUNIT_ASSERT(log.json && log.connections && log.level == LogLevel::debug);
    const std::filesystem::path file = std::filesystem::absolute(kGood) / "sub/netkit.log";
    CPPUNIT_ASSERT_EQUAL(file.lexically_normal().string(), log.file);
    CPPUNIT_ASSERT_EQUAL(6, log.file_where.line);
  }

  void user_and_group() {
    const ServerConfig config = load_everything();
    CPPUNIT_ASSERT_EQUAL(std::string("nobody"), config.user);
    CPPUNIT_ASSERT_EQUAL(std::string("nogroup"), config.group);
    CPPUNIT_ASSERT(config.identity == find_identity("nobody", "nogroup", {}));
    CPPUNIT_ASSERT_EQUAL(3, config.identity_where.line);
  }

  void nothing_is_required() {
    FakeTypes types;
    const ServerConfig config = load_good(types, kGood / "windows.json");
    CPPUNIT_ASSERT(config.plugin_path.empty());
    CPPUNIT_ASSERT(config.user.empty() && config.group.empty() && !config.identity);
    CPPUNIT_ASSERT(config.log.file.empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TopLevelTest);

}  // namespace netkit::test

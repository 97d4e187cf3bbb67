#include "host/listener/listener_log.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace netkit::testing {
namespace {

/// Keeps what it is given, from one level on.
class ContextLog final : public HostLog {
 public:
  explicit ContextLog(LogLevel least) : least_(least) {}

  void write(LogLevel, std::string_view text) override { lines.emplace_back(text); }
  void event(LogLevel, std::string_view event, std::initializer_list<LogField>) override { lines.emplace_back(event); }
  void event(LogLevel, const LogContext& context, std::string_view event,
             std::initializer_list<LogField> fields) override {
    lines.push_back(std::string(context.listener) + '|' + std::string(context.transport) + '|' +
                    std::string(context.peer) + '|' + std::to_string(context.conversation) + '|' + std::string(event) +
                    '|' + std::to_string(fields.size()));
  }
  void write(LogLevel, const ConnectionRecord&) override {}
  bool writes(LogLevel level) const override { return level >= least_; }
  bool every_connection() const override { return false; }

  std::vector<std::string> lines;

 private:
  const LogLevel least_;
};

class ListenerLogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerLogTest);
  CPPUNIT_TEST(a_line_says_whose_it_is);
  CPPUNIT_TEST(an_event_says_what_it_is_about);
  CPPUNIT_TEST(what_is_not_written_is_not_put_into_words);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_line_says_whose_it_is() {
    listener_.write(LogLevel::info, "full");
    listener_.write(LogLevel::info, peer_, 17, "late");
    expect({"rooms|tcp||0|message|1", "rooms|tcp|192.0.2.7:4711|17|message|1"});
  }

  void an_event_says_what_it_is_about() {
    listener_.event(LogLevel::info, "room-opened", {{"name", "hall"}});
    listener_.event(LogLevel::info, peer_, 17, "room-left", {});
    expect({"rooms|tcp||0|room-opened|1", "rooms|tcp|192.0.2.7:4711|17|room-left|0"});
  }

  void what_is_not_written_is_not_put_into_words() {
    listener_.write(LogLevel::debug, "full");
    listener_.write(LogLevel::debug, peer_, 17, "late");
    listener_.event(LogLevel::debug, peer_, 17, "room-left", {});
    expect({});
  }

 private:
  void expect(const std::vector<std::string>& lines) {
    CPPUNIT_ASSERT_EQUAL(lines.size(), log_.lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) CPPUNIT_ASSERT_EQUAL(lines[i], log_.lines[i]);
  }

  const Peer peer_{.host = "192.0.2.7", .port = 4711};
  ContextLog log_{LogLevel::info};
  ListenerLog listener_{log_, "rooms", "tcp"};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerLogTest);

}  // namespace
}  // namespace netkit::testing

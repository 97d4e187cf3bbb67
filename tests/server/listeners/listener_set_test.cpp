#include "server/listeners/listener_set.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

#include "server/listeners/fake_port.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class ListenerSetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerSetTest);
  CPPUNIT_TEST(the_order_is_that_of_the_config);
  CPPUNIT_TEST(a_changed_listener_keeps_track_of_connections_on_its_port);
  CPPUNIT_TEST(those_of_a_port_that_is_gone_are_orphans);
  CPPUNIT_TEST(so_are_those_of_a_former_version);
  CPPUNIT_TEST(what_counted_nothing_has_no_totals);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_order_is_that_of_the_config() {
    serve({"b", "a"}, {make("a", port_), make("b", port_)});
    CPPUNIT_ASSERT_EQUAL(std::string("b a "), names());
    const auto kept = set_.find("a");
    const ListenerSet::Replaced replaced = serve({"a", "c"}, {make("c", port_)});
    CPPUNIT_ASSERT_EQUAL(std::string("a c "), names());
    CPPUNIT_ASSERT(set_.find("a") == kept);
    CPPUNIT_ASSERT(set_.find("b") == nullptr);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, replaced.listeners.size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, replaced.orphans.size());  // of b, which is removed
  }

  void a_changed_listener_keeps_track_of_connections_on_its_port() {
    const auto before = make("a", port_);
    serve({"a"}, {before});
    const auto after = make("a", port_);
    CPPUNIT_ASSERT(serve({"a"}, {after}).orphans.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, after->formers.size());
    CPPUNIT_ASSERT(after->formers[0].context.lock() == before->parts[0].context);
    CPPUNIT_ASSERT(after->formers[0].port.lock() == port_);
  }

  void those_of_a_port_that_is_gone_are_orphans() {
    const auto before = make("a", port_);
    serve({"a"}, {before});
    const auto after = make("a", std::make_shared<FakePort>("a"));
    const ListenerSet::Replaced replaced = serve({"a"}, {after});
    CPPUNIT_ASSERT(after->formers.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, replaced.orphans.size());
    CPPUNIT_ASSERT(replaced.orphans[0] == before->parts[0].context);
  }

  void so_are_those_of_a_former_version() {
    const auto first = make("a", port_);
    serve({"a"}, {first});
    serve({"a"}, {make("a", port_)});
    const ListenerSet::Replaced replaced = serve({}, {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, replaced.orphans.size());
    CPPUNIT_ASSERT(replaced.orphans[0] == first->parts[0].context);
  }

  void what_counted_nothing_has_no_totals() {
    const auto busy = make("busy", port_);
    serve({"idle", "busy"}, {make("idle", port_), busy});
    CPPUNIT_ASSERT(set_.totals().empty());
    busy->parts[0].context->counters.accepted = 3;
    const std::vector<ListenerTotals> totals = set_.totals();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, totals.size());
    CPPUNIT_ASSERT_EQUAL(std::string("busy"), totals[0].listener);
  }

 private:
  std::shared_ptr<ServedListener> make(const std::string& name, const std::shared_ptr<Port>& port) {
    auto listener = std::make_shared<ServedListener>();
    listener->config.name = name;
    listener->metrics = std::make_shared<ListenerMetrics>();
    listener->parts.push_back(
        {std::make_shared<ListenerContext>(ListenerSettings{.name = name}, state_, workers_, log_), port});
    return listener;
  }

  ListenerSet::Replaced serve(const std::vector<std::string>& names, const ListenerSet::Listeners& fresh) {
    ServerConfig config;
    for (const std::string& name : names) config.listeners.emplace_back().name = name;
    return set_.replace(config, fresh);
  }

  std::string names() const {
    std::string text;
    for (const auto& listener : set_.all()) text += listener->config.name + " ";
    return text;
  }

  MemoryLog log_;
  ServerState state_;
  WorkerPool workers_{1};
  const std::shared_ptr<Port> port_ = std::make_shared<FakePort>("a");
  ListenerSet set_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ListenerSetTest);

}  // namespace
}  // namespace netkit::testing

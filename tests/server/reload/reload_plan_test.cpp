#include "server/reload/reload_plan.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <utility>
#include <vector>

namespace netkit::testing {
namespace {

class ReloadPlanTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReloadPlanTest);
  CPPUNIT_TEST(equal_configs_change_nothing);
  CPPUNIT_TEST(every_kind_of_step_in_the_order_of_the_new_config);
  CPPUNIT_TEST(all_keys_that_differ_are_named);
  CPPUNIT_TEST(a_key_that_only_one_side_has_differs);
  CPPUNIT_TEST(another_handler_is_one_difference);
  CPPUNIT_TEST(another_framing_is_one_difference);
  CPPUNIT_TEST(a_replaced_plugin_is_a_difference);
  CPPUNIT_TEST(what_stands_at_the_top_level);
  CPPUNIT_TEST_SUITE_END();

 public:
  void equal_configs_change_nothing() {
    const ReloadPlan plan(two(), two());
    CPPUNIT_ASSERT_EQUAL(std::string("unchanged one; unchanged two"), text(plan));
    CPPUNIT_ASSERT(plan.server_keys().empty());
  }

  void every_kind_of_step_in_the_order_of_the_new_config() {
    FlatConfig wanted;
    wanted.listeners = {listener("new"), listener("two", {{"limits.idle", "2"}}), listener("one")};
    FlatConfig running = two();
    running.listeners.push_back(listener("old"));
    CPPUNIT_ASSERT_EQUAL(std::string("added new; changed two: limits.idle; unchanged one; removed old"),
                         text(ReloadPlan(running, wanted)));
  }

  void all_keys_that_differ_are_named() {
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: address, limits.output"),
                         difference({{"address", "x"}, {"limits.idle", "1"}, {"limits.output", "1"}},
                                    {{"address", "y"}, {"limits.idle", "1"}, {"limits.output", "2"}}));
  }

  void a_key_that_only_one_side_has_differs() {
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: handler.env"), difference({}, {{"handler.env", "1"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: handler.env"), difference({{"handler.env", "1"}}, {}));
  }

  void another_handler_is_one_difference() {
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: handler"),
                         difference({{"handler.type", "exec"}, {"handler.shell", "true"}, {"handler.plugin", "1"}},
                                    {{"handler.type", "hello"}, {"handler.text", "hi"}, {"handler.plugin", "2"}}));
  }

  void another_framing_is_one_difference() {
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: framing"),
                         difference({{"framing.type", "raw"}, {"framing.max", "1"}},
                                    {{"framing.in.type", "raw"}, {"framing.out.type", "length"}}));
  }

  void a_replaced_plugin_is_a_difference() {
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: handler (plugin file)"),
                         difference({{"handler.type", "exec"}, {"handler.plugin", "1"}},
                                    {{"handler.type", "exec"}, {"handler.plugin", "2"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: framing (plugin file)"),
                         difference({{"framing.plugin.tcp.in", "1"}}, {{"framing.plugin.tcp.in", "2"}}));
  }

  void what_stands_at_the_top_level() {
    const FlatConfig running{.server = {{"timeouts.drain", "1"}, {"event_loops.count", "1"}, {"plugin_path", "x"}}};
    const FlatConfig wanted{.server = {{"timeouts.drain", "2"}, {"event_loops.count", "2"}, {"plugin_path", "x"}}};
    const ReloadPlan plan(running, wanted);
    CPPUNIT_ASSERT((plan.server_keys() == std::vector<std::string>{"event_loops.count", "timeouts.drain"}));
    CPPUNIT_ASSERT((plan.keys_for_restart() == std::vector<std::string>{"event_loops.count"}));
  }

 private:
  static FlatListener listener(std::string name, FlatSettings settings = {}) {
    return {std::move(name), std::move(settings)};
  }

  static FlatConfig two() { return {.listeners = {listener("one"), listener("two", {{"limits.idle", "1"}})}}; }

  static std::string text(const ReloadPlan& plan) {
    std::string text;
    for (const ReloadPlan::Step& step : plan.steps()) text += (text.empty() ? "" : "; ") + to_string(step);
    return text;
  }

  static std::string difference(FlatSettings before, FlatSettings after) {
    return text(ReloadPlan({.listeners = {listener("a", std::move(before))}},
                           {.listeners = {listener("a", std::move(after))}}));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReloadPlanTest);

}  // namespace
}  // namespace netkit::testing

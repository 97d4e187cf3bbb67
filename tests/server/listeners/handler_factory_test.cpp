#include "server/listeners/handler_factory.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/worker/worker_pool.h"
#include "netkit/filter.h"
#include "support/fake_session.h"
#include "support/recording_responder.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

const Position kName{"test.json", 3, 7};
const Position kOption{"test.json", 4, 9};

/// Puts its name around what the handler inside answers.
class Bracket final : public Filter {
 public:
  Bracket(std::shared_ptr<Handler> inner, std::string& order, std::string name)
      : Filter(std::move(inner)), order_(order), name_(std::move(name)) {}
  void on_message(const Message& message, Responder& responder) override {
    order_ += name_ + "(";
    Filter::on_message(message, responder);
    order_ += ")";
  }

 private:
  std::unique_ptr<Handler> around(std::shared_ptr<Handler> inner) const override {
    return std::make_unique<Bracket>(std::move(inner), order_, name_);
  }

  std::string& order_;
  const std::string name_;
};

/// A handler with its filters, made of types that a test chooses.
class HandlerFactoryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HandlerFactoryTest);
  CPPUNIT_TEST(the_first_filter_is_the_outermost);
  CPPUNIT_TEST(the_context_says_where_it_serves);
  CPPUNIT_TEST(an_error_of_an_option_stands_at_the_option);
  CPPUNIT_TEST(an_error_of_an_unpublished_option_is_the_types_mistake);
  CPPUNIT_TEST(whatever_is_thrown_is_an_error_at_the_name);
  CPPUNIT_TEST(a_type_that_makes_nothing_is_an_error);
  CPPUNIT_TEST(a_filter_that_fails_is_named_and_ends_the_making);
  CPPUNIT_TEST_SUITE_END();

 public:
  HandlerFactoryTest() {
    config_.name = "front";
    config_.handler.type = "inside";
    config_.handler.where = kName;
  }

  void the_first_filter_is_the_outermost() {
    add_handler([this](const Options&, const HandlerContext&) {
      return std::make_unique<FunctionHandler>([this](const Message&, Responder&) { order_ += "inside"; });
    });
    add_filter("outer");
    add_filter("inner");
    CPPUNIT_ASSERT(make().empty());
    RecordingResponder responder;
    handler_->outermost()->on_message({}, responder);
    CPPUNIT_ASSERT_EQUAL(std::string("outer(inner(inside))"), order_);
  }

  void the_context_says_where_it_serves() {
    const auto metrics = std::make_shared<ListenerMetrics>();
    const auto spool = spool_;
    std::string found;
    add_handler([&](const Options&, const HandlerContext& context) {
      if (context.metrics != metrics || context.spool != spool || context.plugin_file != "") return nothing();
      found = context.listener + " " + std::to_string(context.identity.user);
      context.log.write(LogLevel::info, "made");
      return std::unique_ptr<Handler>(std::make_unique<FunctionHandler>([](const Message&, Responder&) {}));
    });
    Identity identity;
    identity.user = 4711;
    factory_.serve_as(identity);
    CPPUNIT_ASSERT(make(metrics).empty());
    CPPUNIT_ASSERT_EQUAL(std::string("front 4711"), found);
    CPPUNIT_ASSERT(log_.contains("front"));  // the listener's name stands in its lines
  }

  void an_error_of_an_option_stands_at_the_option() {
    add_handler([](const Options&, const HandlerContext&) -> std::unique_ptr<Handler> {
      throw OptionError("root", "'root': no such folder");
    });
    config_.handler.places["root"] = kOption;
    assert_error(kOption, "'root': no such folder");
    config_.handler.places.clear();  // a default has no place of its own
    assert_error(kName, "'root': no such folder");
  }

  void an_error_of_an_unpublished_option_is_the_types_mistake() {
    add_handler([](const Options&, const HandlerContext&) -> std::unique_ptr<Handler> {
      throw OptionError("rot", "no such folder");
    });
    assert_error(kName, "handler 'inside' refuses option 'rot', which it does not publish: no such folder");
  }

  void whatever_is_thrown_is_an_error_at_the_name() {
    bool standard = true;
    add_handler([&](const Options&, const HandlerContext&) -> std::unique_ptr<Handler> {
      if (standard) throw std::runtime_error("the moon is full");
      throw 7;
    });
    assert_error(kName, "handler 'inside' cannot be made: the moon is full");
    standard = false;
    assert_error(kName, "handler 'inside' cannot be made: it threw no std::exception");
  }

  void a_type_that_makes_nothing_is_an_error() {
    add_handler([](const Options&, const HandlerContext&) { return nothing(); });
    assert_error(kName, "handler 'inside' made nothing");
  }

  void a_filter_that_fails_is_named_and_ends_the_making() {
    add_handler([](const Options&, const HandlerContext&) {
      return std::make_unique<FunctionHandler>([](const Message&, Responder&) {});
    });
    add_filter("outer");
    registry_.add(FilterType{.name = "bad", .make = [](const auto&, const auto&, const auto&) { return nothing(); }});
    config_.filters.push_back(choice("bad"));
    assert_error(kOption, "filter 'bad' made nothing");
    CPPUNIT_ASSERT_EQUAL(0, filters_made_);
  }

 private:
  using Make = std::function<std::unique_ptr<Handler>(const Options&, const HandlerContext&)>;

  static std::unique_ptr<Handler> nothing() { return nullptr; }
  static Choice choice(const std::string& type) {
    Choice choice;
    choice.type = type;
    choice.where = kOption;
    return choice;
  }

  void add_handler(Make make) {
    registry_.add(HandlerType{.name = "inside", .options = {{.name = "root"}}, .make = std::move(make)});
  }
  void add_filter(const std::string& name) {
    registry_.add(
        FilterType{.name = name, .make = [this, name](const auto&, const auto&, std::shared_ptr<Handler> inner) {
                     ++filters_made_;
                     return std::make_unique<Bracket>(std::move(inner), order_, name);
                   }});
    config_.filters.push_back(choice(name));
  }

  Diagnostics make(std::shared_ptr<ListenerMetrics> metrics = nullptr) {
    Diagnostics errors;
    handler_ = factory_.begin(config_, loader_, std::move(metrics));
    const bool made = factory_.make(config_, loader_, *handler_, errors);
    CPPUNIT_ASSERT_EQUAL(errors.empty(), made);
    return errors;
  }
  void assert_error(const Position& where, const std::string& text) {
    const Diagnostics errors = make();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, errors.size());
    CPPUNIT_ASSERT_EQUAL(text, errors[0].text);
    CPPUNIT_ASSERT_EQUAL(where.line, errors[0].where.line);
  }

  std::string order_;
  int filters_made_ = 0;
  ListenerConfig config_;
  TypeRegistry registry_;
  PluginLoader loader_{registry_};
  MemoryLog log_;
  WorkerPool workers_{1};
  const std::shared_ptr<Reaper> reaper_ = std::make_shared<Reaper>();
  const std::shared_ptr<Budget> spool_ = ServerState().spool;
  HandlerFactory factory_{spool_, workers_, {}, log_, *reaper_};
  std::shared_ptr<ListenerHandler> handler_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(HandlerFactoryTest);

}  // namespace
}  // namespace netkit::testing

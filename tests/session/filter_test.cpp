#include "netkit/filter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "config/values/option_value.h"
#include "framing/builtin.h"
#include "plugin/codec_maker.h"
#include "session/session.h"
#include "session/session_host.h"

namespace netkit::testing {
namespace {

/// Answers nothing by itself, but keeps the number of the call that "later" defers.
class FakeHost final : public SessionHost {
 public:
  Peer peer() const override { return {}; }
  HandleMaker& handles() override { return *handles_; }
  std::uint64_t deferred() const { return handles_->deferred; }

 private:
  struct Handles final : HandleMaker, std::enable_shared_from_this<Handles> {
    std::shared_ptr<HandleMaker> hold() override { return shared_from_this(); }
    Conversation conversation() override { return {}; }
    Reply make_reply(std::uint64_t call, CallPermit /*permit*/) override {
      deferred = call;
      return {};
    }
    std::uint64_t deferred = 0;
  };
  std::shared_ptr<Handles> handles_ = std::make_shared<Handles>();
};

class Echo final : public Handler {
 public:
  explicit Echo(bool own_for_each = false) : own_for_each_(own_for_each) {}
  void on_message(const Message& message, Responder& responder) override {
    if (message.body == "later") {
      const Reply reply = responder.defer();
    } else if (message.body == "write") {
      responder.write(3, [](std::span<char> room) { std::copy_n("www", 3, room.begin()); });
    } else {
      responder.send(message.body);
    }
  }
  std::unique_ptr<Handler> for_conversation() override { return own_for_each_ ? std::make_unique<Echo>() : nullptr; }
  bool sees_events() const override { return true; }
  void on_open(const Conversation& /*conversation*/) override { ++*opened; }

  const std::shared_ptr<int> opened = std::make_shared<int>(0);

 private:
  const bool own_for_each_;
};

/// Puts a text in front of each answer; with a state, the number of the answer too.
class Mark final : public Filter {
 public:
  Mark(std::shared_ptr<Handler> inner, std::string text, bool counts = false)
      : Filter(std::move(inner)), text_(std::move(text)), counts_(counts) {}

  bool sees_answers() const override { return true; }
  void on_answer(Answer& answer) override {
    Filter::on_answer(answer);
    marked_ = text_ + (counts_ ? std::to_string(++count_) : std::string()) + std::string(answer.body);
    answer.body = marked_;
  }

 protected:
  bool keeps_state() const override { return counts_; }
  std::unique_ptr<Handler> around(std::shared_ptr<Handler> inner) const override {
    return std::make_unique<Mark>(std::move(inner), text_, counts_);
  }

 private:
  const std::string text_;
  const bool counts_;
  std::string marked_;
  int count_ = 0;
};

/// Answers "no" by itself.
class Refuse final : public Filter {
 public:
  using Filter::Filter;
  void on_message(const Message& message, Responder& responder) override {
    if (message.body == "no") return responder.send("refused");
    Filter::on_message(message, responder);
  }

 protected:
  std::unique_ptr<Handler> around(std::shared_ptr<Handler> inner) const override {
    return std::make_unique<Refuse>(std::move(inner));
  }
};

LateAnswer late(const char* text) { return {.body = std::make_shared<const std::string>(text)}; }

class FilterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FilterTest);
  CPPUNIT_TEST(the_inner_filter_sees_an_answer_first);
  CPPUNIT_TEST(a_filter_may_answer_by_itself);
  CPPUNIT_TEST(deferred_and_unasked_answers_are_seen_in_their_order);
  CPPUNIT_TEST(state_is_of_one_conversation);
  CPPUNIT_TEST(a_handler_of_each_conversation_keeps_its_filters);
  CPPUNIT_TEST(a_filter_that_sees_no_answers_costs_no_encoder);
  CPPUNIT_TEST(events_pass_through);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_inner_filter_sees_an_answer_first() {
    wrap<Mark>("a");
    wrap<Mark>("b");
    CPPUNIT_ASSERT_EQUAL(std::string("bax\nbawww\n"), answers("x\nwrite\n"));
  }

  void a_filter_may_answer_by_itself() {
    wrap<Refuse>();
    wrap<Mark>("a");
    CPPUNIT_ASSERT_EQUAL(std::string("arefused\nax\n"), answers("no\nx\n"));
  }

  void deferred_and_unasked_answers_are_seen_in_their_order() {
    wrap<Mark>("#", true);
    Session session(protocol_, host_);
    Output out;
    session.receive("x\nlater\n", out);
    session.send_unasked(late("unasked"), out);
    session.answer(host_.deferred(), late("part"), out);
    session.finish(host_.deferred(), false, out);
    session.receive("y\n", out);
    CPPUNIT_ASSERT_EQUAL(std::string("#1x\n#2unasked\n#3part\n#4y\n"), std::string(out.view()));
  }

  void state_is_of_one_conversation() {
    wrap<Mark>("#", true);
    CPPUNIT_ASSERT_EQUAL(std::string("#1x\n#2y\n"), answers("x\ny\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("#1z\n"), answers("z\n"));
  }

  void a_handler_of_each_conversation_keeps_its_filters() {
    protocol_.handler = std::make_shared<Echo>(true);
    wrap<Mark>("a");
    wrap<Refuse>();
    CPPUNIT_ASSERT_EQUAL(std::string("ax\narefused\n"), answers("x\nno\n"));
  }

  void a_filter_that_sees_no_answers_costs_no_encoder() {
    wrap<Refuse>();
    const Session plain(protocol_, host_);
    CPPUNIT_ASSERT(!plain.sees_answers());
    CPPUNIT_ASSERT(protocol_.handler->for_conversation() == nullptr);
    wrap<Mark>("a");
    wrap<Refuse>();
    const Session marked(protocol_, host_);
    CPPUNIT_ASSERT(marked.sees_answers());
  }

  void events_pass_through() {
    const auto echo = std::make_shared<Echo>();
    protocol_.handler = echo;
    wrap<Mark>("a");
    Session session(protocol_, host_);
    session.open();
    CPPUNIT_ASSERT_EQUAL(1, *echo->opened);
  }

 private:
  template <class Type, class... Arguments>
  void wrap(Arguments... arguments) {
    protocol_.handler = std::make_shared<Type>(std::move(protocol_.handler), arguments...);
  }

  std::string answers(std::string_view bytes) {
    Session session(protocol_, host_);
    Output out;
    session.receive(bytes, out);
    return std::string(out.view());
  }

  static Codec make_line() {
    static const FramingType type = line_framing();
    static const Options options = [] {
      Options some;
      some.set("max", std::int64_t{1000});
      fill_defaults(type.options, some);
      return some;
    }();
    return netkit::make_framing({type, options}, {type, options}).make();
  }

  FakeHost host_;
  Protocol protocol_{.make_codec = make_line, .handler = std::make_shared<Echo>(), .call_limiter = nullptr};
};

CPPUNIT_TEST_SUITE_REGISTRATION(FilterTest);

}  // namespace
}  // namespace netkit::testing

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>

#include "netkit-validate/check.h"
#include "netkit/testing/test_server.h"

namespace netkit::validate {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLongestCall = 50ms;  ///< Of a call on an event loop.
constexpr int kTries = 3;            ///< So often has a call to be slow: the machine may be.
constexpr const char* kTimer = "netkit-validate-timer";

/// Times the calls that run on the event loop.
class Timer final : public Filter {
 public:
  Timer(std::shared_ptr<Handler> inner, std::atomic<Clock::duration>& slowest)
      : Filter(std::move(inner)), slowest_(slowest) {}

  void on_message(const Message& message, Responder& responder) override {
    const bool on_loop = !responder.stop_token().stop_possible();
    const Clock::time_point begin = Clock::now();
    Filter::on_message(message, responder);
    if (on_loop) slowest_ = std::max(slowest_.load(), Clock::now() - begin);
  }

 protected:
  std::unique_ptr<Handler> around(std::shared_ptr<Handler> inner) const override {
    return std::make_unique<Timer>(std::move(inner), slowest_);
  }

 private:
  std::atomic<Clock::duration>& slowest_;
};

/// A handler of the plugin, or one of its filters around an echo, with peers.
class Subject {
 public:
  Subject(const PluginFile& file, std::string name, bool is_filter)
      : file_(file), plugin_(file), name_(std::move(name)), is_filter_(is_filter) {}

  const std::vector<OptionSpec>& specs() const {
    return is_filter_ ? plugin_.types().filter(name_).options : plugin_.types().handler(name_).options;
  }
  const testing::Settings& given() const { return file_.settings_of(name_); }

  /// Throws Skipped where these settings are not enough.
  std::unique_ptr<testing::TestServer> serve(const testing::Settings& settings) {
    options_for(specs(), settings);
    testing::ServerSetup setup{.plugin_file = file_.path, .worker_threads = true, .patience = 2s};
    if (is_filter_) setup.filters.push_back({name_, settings});
    setup.filters.insert(setup.filters.begin(), testing::FilterUse{kTimer});
    const std::string handler = is_filter_ ? "echo" : name_;
    SplitSettings parts = split(specs(), settings);
    if (!is_filter_) setup.more = std::move(parts.targets);
    return made([&] {
      return std::make_unique<testing::TestServer>(enroll(), handler, is_filter_ ? testing::Settings() : parts.plain,
                                                   setup);
    });
  }

  Clock::duration slowest() const { return slowest_; }

 private:
  testing::Enroll enroll() {
    return [this](Registry& registry) {
      plugin_.enroll()(registry);
      registry.add(FilterType{.name = kTimer,
                              .make = [this](const Options&, const HandlerContext&, std::shared_ptr<Handler> inner) {
                                return std::make_unique<Timer>(std::move(inner), slowest_);
                              }});
    };
  }

  const PluginFile& file_;
  Plugin plugin_;
  const std::string name_;
  const bool is_filter_;
  std::atomic<Clock::duration> slowest_{Clock::duration(0)};
};

using Test = std::function<std::string(Subject&)>;

bool was_dropped(const testing::TestConversation& peer) { return peer.close_reason() == "handler-dropped"; }

void expect_no_failure(const testing::TestConversation& peer, const std::string& when) {
  const std::string reason = peer.close_reason();
  if (reason == "handler-failed" || reason == "body-failed") {
    throw std::runtime_error(when + ": the conversation ends with " + reason + ": " + peer.close_detail());
  }
}

/// Says `body` so many times. Returns a note if an answer is still awaited, as it is of a handler that asks others.
std::string converse(Subject& subject, const std::string& body, int times) {
  const auto server = subject.serve(subject.given());
  testing::TestConversation peer = server->connect();
  for (int i = 0; i < times && peer.open(); ++i) {
    peer.say(body);
    peer.receive_bytes();
  }
  const bool answered = server->wait_until([&] {
    peer.receive_bytes();
    return !peer.unanswered();
  });
  expect_no_failure(peer, "a message of " + std::to_string(body.size()) + " bytes");
  return answered ? "" : "a message is still unanswered after 2 s";
}

std::string serve_by_choices(Subject& subject) {
  for_every_choice(subject.specs(), subject.given(), [&](const testing::Settings& settings) {
    if (settings.size() == subject.given().size()) return;
    try {
      subject.serve(settings);
    } catch (const Skipped&) {
      return;  // it needs more, and says so
    } catch (const std::exception& error) {
      throw std::runtime_error("with " + to_string(settings) + ": " + error.what());
    }
  });
  return "";
}

std::string stay_off_the_loop(const PluginFile& file, const std::string& name, bool is_filter) {
  Clock::duration fastest = Clock::duration::max();
  for (int i = 0; i < kTries && fastest > kLongestCall; ++i) {
    Subject subject(file, name, is_filter);
    converse(subject, "hello", 3);
    fastest = std::min(fastest, subject.slowest());
  }
  if (fastest <= kLongestCall) return "";
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(fastest).count();
  throw std::runtime_error("a call takes " + std::to_string(taken) +
                           " ms on the event loop, 50 are allowed: let may_block() say true");
}

std::string keep_replies(Subject& subject) {
  const auto server = subject.serve(subject.given());
  testing::TestConversation peer = server->connect();
  peer.say("hello");
  server->wait_until([&] { return !peer.unanswered(); });
  if (was_dropped(peer))
    throw std::runtime_error("a reply is destroyed unfinished: the conversation ends with handler-dropped");
  return "";
}

/// Peers that end, that are gone before their answer, and a server that ends before its peers.
std::string survive_ends(Subject& subject) {
  const auto server = subject.serve(subject.given());
  testing::TestConversation ended = server->connect();
  ended.say("hello");
  ended.end();
  testing::TestConversation gone = server->connect();
  gone.say("hello");
  gone.reset();
  server->connect().reset();
  testing::TestConversation left = server->connect();
  left.say("hello");
  server->advance(1min);
  expect_no_failure(ended, "a peer that ends");
  expect_no_failure(left, "a peer that stays for a minute");
  return "";
}

void add(const Trial& trial, const std::string& name, bool is_filter, Checks& checks) {
  const PluginFile& file = trial.file;
  const std::string prefix = (is_filter ? "filter " : "handler ") + name + ": ";
  const auto add_test = [&](const std::string& what, const Test& test) {
    checks.push_back({prefix + what, [=] {
                        Subject subject(file, name, is_filter);
                        return test(subject);
                      }});
  };
  const auto say = [&](const std::string& what, const std::string& body, int times) {
    add_test(what, [=](Subject& subject) { return converse(subject, body, times); });
  };
  add_test("its defaults make it", [](Subject& subject) { return subject.serve(subject.given()), std::string(); });
  add_test("every choice makes it", serve_by_choices);
  say("takes a message", "hello", 1);
  say("takes an empty message", "", 1);
  say("takes a message of 1 MiB", std::string(std::size_t{1} << 20, 'x'), 1);
  say("takes NUL bytes", std::string(16, '\0'), 1);
  say("takes 10000 messages", "hello", 10000);
  checks.push_back({prefix + "stays off the loop", [=] { return stay_off_the_loop(file, name, is_filter); }});
  add_test("finishes its replies", keep_replies);
  add_test("survives ends of peers and of the server", survive_ends);
}

}  // namespace

void add_handler_checks(const Trial& trial, const std::string& name, Checks& checks) {
  add(trial, name, false, checks);
}
void add_filter_checks(const Trial& trial, const std::string& name, Checks& checks) { add(trial, name, true, checks); }

}  // namespace netkit::validate

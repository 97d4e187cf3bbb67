#include "server/server_state.h"

#include <stdexcept>
#include <utility>

#include "netkit/filter.h"
#include "netkit/testing/failure.h"
#include "server/listener.h"
#include "server/message_framing.h"

namespace netkit::testing {
namespace {

class Echo final : public Handler {
 public:
  void on_message(const Message& message, Responder& responder) override {
    responder.send(message.body, message.attributes == nullptr ? kNoAttributes : *message.attributes);
  }
};

void add_echo(Types& types) {
  if (types.handlers().contains("echo")) return;
  types.add(HandlerType{.name = "echo",
                        .help = "answers the message",
                        .make = [](const Options&, const HandlerContext&) { return std::make_unique<Echo>(); }});
}

/// Admits so many calls at once, those that wait for their turn included.
class CallCount final : public CallLimiter, public std::enable_shared_from_this<CallCount> {
 public:
  explicit CallCount(std::size_t most) : most_(most) {}
  CallPermit admit(const CallSource& /*source*/) override {
    if (++open_ <= most_) return CallPermit(shared_from_this());
    --open_;
    return CallPermit();
  }

 private:
  void take_back(Place* /*place*/) noexcept override { --open_; }

  const std::size_t most_;
  std::atomic<std::size_t> open_{0};
};

}  // namespace

ServerState::ServerState(const Enroll& enroll, const std::string& handler, const Settings& options, ServerSetup setup)
    : setup_(std::move(setup)), framing_(setup_.framing ? setup_.framing : message_framing()) {
  listener_ = std::make_shared<ListenerState>(*this);
  make_handler(enroll, handler, options);
  protocol_.make_codec = [this] { return framing_.make(); };
  protocol_.output_limit = setup_.output_limit;
  const CallBounds bounds = protocol_.handler->call_bounds();
  protocol_.open_calls = bounds.open;
  if (bounds.at_once > 0) protocol_.call_limiter = std::make_shared<CallCount>(bounds.at_once + bounds.waiting);
}

void ServerState::make_handler(const Enroll& enroll, const std::string& name, const Settings& options) {
  Types types(enroll);
  add_echo(types);
  const HandlerType& type = types.handler(name);
  const bool can_start_tls = setup_.tls && type.starts_tls;
  protocol_.can_start_tls = can_start_tls;
  const HandlerContext context{.listener = "test",
                               .log = *log_,
                               .plugin_file = setup_.plugin_file,
                               .services = Listener(std::static_pointer_cast<ListenerState>(listener_)),
                               .metrics = metrics_,
                               .can_start_tls = can_start_tls};
  protocol_.handler = type.make(make_options(type.options, options, setup_.more), context);
  if (protocol_.handler == nullptr) throw std::logic_error("make() of handler '" + name + "' returned null");
  for (auto use = setup_.filters.rbegin(); use != setup_.filters.rend(); ++use) {
    const FilterType& filter = types.filter(use->name);
    protocol_.handler = filter.make(make_options(filter.options, use->options), context, protocol_.handler);
    if (protocol_.handler == nullptr) throw std::logic_error("make() of filter '" + use->name + "' returned null");
  }
}

ServerState::~ServerState() {
  for (const auto& conversation : conversations_) conversation->end(CloseReason::shutdown, {});
  for (const auto& upstream : upstreams_) upstream->drop();
  loops_->close();
}

std::shared_ptr<ConversationState> ServerState::connect(Peer peer) {
  auto conversation = std::make_shared<ConversationState>(*this, std::move(peer), connected_++ % setup_.loops);
  loops_->add(conversation->id(), conversation);
  conversations_.push_back(conversation);
  conversation->begin();
  settle();
  return conversation;
}

void ServerState::add_upstream(std::shared_ptr<UpstreamState> upstream) {
  const std::lock_guard lock(mutex_);
  upstreams_.push_back(std::move(upstream));
}

std::shared_ptr<UpstreamState> ServerState::next_upstream() {
  settle();
  const std::lock_guard lock(mutex_);
  if (upstreams_.empty()) throw TestFailure("the handler has opened no onward connection");
  std::shared_ptr<UpstreamState> next = std::move(upstreams_.front());
  upstreams_.pop_front();
  return next;
}

bool ServerState::pump_all() {
  bool moved = loops_->run_tasks();
  for (const auto& conversation : conversations_) moved |= conversation->pump();
  std::erase_if(conversations_, [](const auto& conversation) { return conversation->over(); });
  return moved;
}

void ServerState::settle() {
  if (std::exchange(settling_, true)) return;  // a task of the test calls: it is under way
  try {
    while (pump_all()) {
    }
  } catch (...) {
    settling_ = false;
    throw;
  }
  settling_ = false;
}

void ServerState::advance(std::chrono::nanoseconds by) {
  settle();
  const Loops::Time until = loops_->now() + by;
  while (loops_->run_timer(until)) settle();
  loops_->set_now(until);
}

bool ServerState::wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + setup_.patience;
  settle();
  while (!condition()) {
    if (!loops_->wait(end)) return false;
    settle();
  }
  return true;
}

}  // namespace netkit::testing

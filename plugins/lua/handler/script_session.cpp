#include "handler/script_session.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "handler/link.h"
#include "handler/lua_handler.h"
#include "handler/script_state.h"

namespace netkit::lua {
namespace {

constexpr std::size_t kMostTimers = 1000;
constexpr std::size_t kMostLinks = 100;

std::chrono::nanoseconds duration(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

ScriptSession::~ScriptSession() {
  if (handle_ != nullptr) release();
}

ScriptSession::Extra& ScriptSession::extra() {
  if (!extra_) extra_ = std::make_unique<Extra>();
  return *extra_;
}

void ScriptSession::on_open(const Conversation& conversation) {
  state_ = &handler_.state(conversation.loop());
  const auto [handle, reference] = state_->make_handle(conversation, *this);
  handle_ = handle;
  reference_ = reference;
  if (!state_->functions().on_open) return;
  Call call(Call::Kind::open, *this);
  begin(call, *state_->functions().on_open, nullptr, {});
}

void ScriptSession::on_message(const Message& message, Responder& responder) {
  Call call(Call::Kind::message, *this);
  call.responder = &responder;
  begin(call, state_->functions().on_message, &message, {});
}

/// The calls of the session end here, whatever they wait for, but for on_close() itself, which cannot wait.
void ScriptSession::on_close(const Conversation& /*conversation*/, const Ending& ending) {
  if (handle_ == nullptr) return;
  std::exception_ptr error;
  if (extra_) {
    for (const std::unique_ptr<Call>& call : std::exchange(extra_->waiting, {})) state_->drop(*call);
  }
  if (state_->functions().on_close) {
    try {
      Call call(Call::Kind::close, *this);
      begin(call, *state_->functions().on_close, nullptr, ending.reason);
    } catch (...) {
      error = std::current_exception();
    }
  }
  release();
  if (error) std::rethrow_exception(error);
}

void ScriptSession::release() {
  if (extra_) {
    for (const std::unique_ptr<Call>& call : std::exchange(extra_->waiting, {})) state_->drop(*call);
    for (CallTimer& one : extra_->timers) state_->release(one.reference);
    for (const std::weak_ptr<Link>& one : extra_->links) {
      if (const std::shared_ptr<Link> link = one.lock()) link->drop();
    }
    extra_.reset();
  }
  std::exchange(handle_, nullptr)->session = nullptr;
  state_->release(std::exchange(reference_, LUA_NOREF));
}

void ScriptSession::begin(Call& call, int function, const Message* message, std::string_view reason) {
  go_on(call, state_->start(call, {function, message, reason}));
}

/// The call has ended, or waits from now on.
void ScriptSession::go_on(Call& call, bool done) {
  if (done) return finish(call);
  auto kept = std::make_unique<Call>(std::move(call));
  Call& waiting = *kept;
  extra().waiting.push_back(std::move(kept));
  wait(waiting);
}

void ScriptSession::wait(Call& call) {
  if (call.responder != nullptr) call.reply = std::exchange(call.responder, nullptr)->defer();
  if (call.kind == Call::Kind::open) conversation().pause();  // no message comes before it has ended
  call.wait_number = ++extra().last_number;
  if (call.link) call.link->wait(call.wait_number);
  if (!call.seconds) return;
  call.timer = conversation().after(duration(*call.seconds), [this, number = call.wait_number] { wake(number); });
}

void ScriptSession::wake(std::uint64_t wait_number) {
  if (!extra_) return;
  const auto is_meant = [&](const std::unique_ptr<Call>& call) { return call->wait_number == wait_number; };
  const auto found = std::find_if(extra_->waiting.begin(), extra_->waiting.end(), is_meant);
  if (found == extra_->waiting.end()) return;
  const std::unique_ptr<Call> call = std::move(*found);
  extra_->waiting.erase(found);
  if (call->link) call->link->wait_no_more();
  call->link.reset();
  call->seconds.reset();
  call->sent = 0;
  call->timer = Timer();
  go_on(*call, state_->go_on(*call));
}

void ScriptSession::finish(Call& call) {
  if (call.kind == Call::Kind::open && call.wait_number != 0) {
    conversation().run([own = conversation()] { own.resume(); });  // behind what it has sent
  }
  if (call.kind == Call::Kind::message) {
    if (call.responder != nullptr) {
      if (call.closes) call.responder->close();
    } else if (call.closes) {
      call.reply.close();
    } else {
      call.reply.finish();
    }
  } else if (call.closes) {
    conversation().close();
  }
  state_->end(call);
}

bool ScriptSession::call_after(double seconds, int reference) {
  Extra& own = extra();
  if (own.timers.size() >= kMostTimers) return false;
  const std::uint64_t number = ++own.last_number;
  own.timers.push_back({number, reference, {}});
  own.timers.back().timer = conversation().after(duration(seconds), [this, number] { fire(number); });
  return true;
}

void ScriptSession::fire(std::uint64_t number) {
  if (!extra_) return;
  const auto found = std::find_if(extra_->timers.begin(), extra_->timers.end(),
                                  [&](const CallTimer& one) { return one.number == number; });
  if (found == extra_->timers.end()) return;
  const int reference = found->reference;
  extra_->timers.erase(found);
  Call call(Call::Kind::timer, *this);
  try {
    begin(call, reference, nullptr, {});
  } catch (...) {
    state_->release(reference);
    throw;
  }
  state_->release(reference);
}

bool ScriptSession::keep(const std::shared_ptr<Link>& link) {
  std::vector<std::weak_ptr<Link>>& links = extra().links;
  std::erase_if(links, [](const std::weak_ptr<Link>& one) {
    const std::shared_ptr<Link> known = one.lock();
    return !known || known->ended();
  });
  if (links.size() >= kMostLinks) return false;
  links.push_back(link);
  return true;
}

}  // namespace netkit::lua

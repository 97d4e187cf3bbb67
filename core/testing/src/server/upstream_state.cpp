#include "server/upstream_state.h"

#include <utility>

#include "base/run_guarded.h"
#include "netkit/testing/failure.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kMostWaiting = std::size_t{1} << 20;

}  // namespace

UpstreamState::UpstreamState(ServerState& server, std::string target, std::weak_ptr<TaskOwner> owner,
                             std::shared_ptr<UpstreamHandler> handler)
    : server_(server), target_(std::move(target)), owner_(std::move(owner)), handler_(std::move(handler)) {}

bool UpstreamState::open() const noexcept {
  const std::lock_guard lock(mutex_);
  return handler_ != nullptr;
}

std::size_t UpstreamState::waiting() const noexcept {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

bool UpstreamState::send(SharedBody body, const Attributes& attributes) {
  const std::lock_guard lock(mutex_);
  if (handler_ == nullptr || closing_ || ended_ || full_ || waiting_ >= kMostWaiting) return false;
  if (!connected_) waiting_ += body->size();
  sent_.push_back({*body, attributes});
  return true;
}

void UpstreamState::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

void UpstreamState::pause() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
}

void UpstreamState::resume() {
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  pass_on();
}

void UpstreamState::accept() {
  {
    const std::lock_guard lock(mutex_);
    connected_ = true;
    waiting_ = 0;
  }
  call([](UpstreamHandler& handler, const Upstream& upstream) { handler.on_connect(upstream); });
}

void UpstreamState::say(TestMessage message) {
  {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(message));
  }
  pass_on();
}

void UpstreamState::end_far() {
  {
    const std::lock_guard lock(mutex_);
    end_held_ = true;
  }
  pass_on();
}

/// Gives the handler what it is ready for.
void UpstreamState::pass_on() {
  std::unique_lock lock(mutex_);
  while (!paused_ && !held_.empty()) {
    TestMessage message = std::move(held_.front());
    held_.pop_front();
    lock.unlock();
    call([message = std::move(message)](UpstreamHandler& handler, const Upstream& upstream) {
      handler.on_message(upstream, {.body = message.body, .attributes = &message.attributes});
    });
    lock.lock();
  }
  const bool ends = !paused_ && std::exchange(end_held_, end_held_ && paused_);
  lock.unlock();
  if (ends) call([](UpstreamHandler& handler, const Upstream& upstream) { handler.on_end(upstream); });
}

void UpstreamState::finish(std::string reason, std::string detail) {
  {
    const std::lock_guard lock(mutex_);
    if (handler_ == nullptr || std::exchange(closing_, true)) return;
  }
  const auto owner = owner_.lock();
  if (owner == nullptr) return drop();
  owner->run([self = shared_from_this(), reason = std::move(reason), detail = std::move(detail)] {
    const std::shared_ptr<UpstreamHandler> handler = [&] {
      const std::lock_guard lock(self->mutex_);
      return std::exchange(self->handler_, nullptr);
    }();
    if (handler != nullptr) handler->on_close(Upstream(self), reason, detail);
  });
}

void UpstreamState::drop() {
  std::shared_ptr<UpstreamHandler> handler;
  const std::lock_guard lock(mutex_);
  handler.swap(handler_);
}

/// Makes a call of the handler, unless the connection is closed by then; one that throws closes it.
void UpstreamState::call(Call call) {
  const auto owner = owner_.lock();
  if (owner == nullptr) return;
  owner->run([self = shared_from_this(), call = std::move(call)] {
    std::shared_ptr<UpstreamHandler> handler;
    {
      const std::lock_guard lock(self->mutex_);
      if (!self->closing_) handler = self->handler_;
    }
    if (handler == nullptr) return;
    run_guarded([&] { call(*handler, Upstream(self)); },
                [&](const char* what) { self->finish("handler-failed", what); });
  });
}

TestMessage UpstreamState::take() {
  const std::lock_guard lock(mutex_);
  if (sent_.empty()) throw TestFailure("the handler has sent nothing more to " + target_);
  TestMessage message = std::move(sent_.front());
  sent_.pop_front();
  return message;
}

void UpstreamState::set_full(bool full) {
  {
    const std::lock_guard lock(mutex_);
    full_ = full;
  }
  if (!full) call([](UpstreamHandler& handler, const Upstream& upstream) { handler.on_writable(upstream); });
}

bool UpstreamState::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace netkit::testing

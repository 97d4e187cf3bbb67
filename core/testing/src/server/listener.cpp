#include "server/listener.h"

#include <map>
#include <mutex>
#include <utility>

#include "base/run_guarded.h"
#include "server/conversation_state.h"
#include "server/server_state.h"
#include "server/upstream_state.h"

namespace netkit::testing {
namespace {

class GroupState final : public GroupCore {
 public:
  GroupState(std::shared_ptr<Loops> loops, SlowMember slow) : loops_(std::move(loops)), slow_(slow) {}

  void add(const Conversation& member) override {
    const std::lock_guard lock(mutex_);
    if (member.open()) members_[member.id()] = member;
  }
  void remove(const Conversation& member) override {
    const std::lock_guard lock(mutex_);
    members_.erase(member.id());
  }
  void send(SharedBody body, const Attributes& attributes, std::uint64_t except) override {
    const std::lock_guard lock(mutex_);
    forget_ended();
    for (const auto& [id, member] : members_) {
      if (id == except || member.send(body, attributes) || !member.open()) continue;
      if (slow_ == SlowMember::skip) {
        ++skipped_;
      } else if (const auto state = loops_->find(id)) {
        state->post(mail::Close{CloseReason::too_slow});
      }
    }
  }
  std::size_t size() const noexcept override {
    const std::lock_guard lock(mutex_);
    forget_ended();
    return members_.size();
  }
  std::uint64_t skipped() const noexcept override {
    const std::lock_guard lock(mutex_);
    return skipped_;
  }

 private:
  void forget_ended() const {
    std::erase_if(members_, [](const auto& member) { return !member.second.open(); });
  }

  const std::shared_ptr<Loops> loops_;
  const SlowMember slow_;
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, Conversation> members_;  // guarded by mutex_
  std::uint64_t skipped_ = 0;                              // likewise
};

}  // namespace

ListenerState::ListenerState(ServerState& server)
    : server_(server), loops_(server.loops()), loop_count_(server.setup().loops) {}

bool ListenerState::run(std::size_t /*loop*/, Task task) { return run(std::move(task)); }

bool ListenerState::run(Task task) {
  return loops_->post([&log = server_.log(), task = std::move(task)]() mutable {
    run_guarded(task, [&](const char* what) { log.write(LogLevel::error, "a task failed: " + std::string(what)); });
  });
}

Timer ListenerState::after(std::size_t /*loop*/, std::chrono::nanoseconds delay, Task task) {
  return loops_->after(delay, weak_from_this(), std::move(task));
}

Upstream ListenerState::connect(std::size_t /*loop*/, const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  auto upstream = std::make_shared<UpstreamState>(server_, target.name(), weak_from_this(), std::move(handler));
  server_.add_upstream(upstream);
  return Upstream(std::move(upstream));
}

Group ListenerState::make_group(SlowMember slow) { return Group(std::make_shared<GroupState>(loops_, slow)); }

}  // namespace netkit::testing

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "netkit/group.h"

namespace netkit {

class ListenerLoop;
class ConversationHandle;

/// How many conversations a group has, by loop. Any thread; whoever adds or removes holds the mutex until the loop has
/// been told, so that both come in one order.
struct GroupTally {
  explicit GroupTally(std::size_t loops) : members(loops) {}

  std::mutex mutex;
  std::vector<std::unordered_set<std::uint64_t>> members;  // their ids; guarded by mutex
  std::atomic<std::size_t> size{0};
  std::atomic<std::uint64_t> skipped{0};
};

/// A group over the loops of a listener. Each loop has its members, and is told of a message by one task. All that a
/// group does goes by the listener's tasks, and so ends with them.
class ConversationGroup final : public GroupCore {
 public:
  /// The members that one loop serves; used by that loop's thread.
  class Members;

  /// `plugins`: the code of the listener's handler, of which bodies are made.
  ConversationGroup(SlowMember slow, const std::vector<std::shared_ptr<ListenerLoop>>& loops,
                    std::weak_ptr<const void> plugins);
  ~ConversationGroup() override;
  ConversationGroup(const ConversationGroup&) = delete;
  ConversationGroup& operator=(const ConversationGroup&) = delete;

  void add(const Conversation& member) override;
  void remove(const Conversation& member) override;
  void send(SharedBody body, const Attributes& attributes, std::uint64_t except) override;
  std::size_t size() const noexcept override { return tally_->size; }
  std::uint64_t skipped() const noexcept override { return tally_->skipped; }

 private:
  struct Share {
    std::shared_ptr<ListenerLoop> loop;
    std::shared_ptr<Members> members;
  };

  const std::shared_ptr<GroupTally> tally_;
  const std::weak_ptr<const void> plugins_;
  std::vector<Share> shares_;  // one for each loop
};

}  // namespace netkit

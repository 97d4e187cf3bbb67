#include "host/conversation/group.h"

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "base/run_guarded.h"
#include "host/conversation/conversation_handle.h"
#include "host/conversation/listener_services.h"

namespace netkit {
namespace {

/// A message on its way to the members: keeps the code that the body was made by, which another listener's conversation
/// may outlive. Destroyed in this order.
struct KeptBody {
  std::shared_ptr<const void> plugins;
  SharedBody body;
};

SharedBody keep(std::shared_ptr<const void> plugins, SharedBody body) {
  const std::string* const text = body.get();
  return {std::make_shared<const KeptBody>(KeptBody{std::move(plugins), std::move(body)}), text};
}

/// Throws std::invalid_argument for a conversation that no server made.
std::shared_ptr<ConversationHandle> handle_of(const Conversation& member) {
  std::shared_ptr<ConversationHandle> handle = std::dynamic_pointer_cast<ConversationHandle>(member.core());
  if (!handle) throw std::invalid_argument("this conversation cannot be in a group");
  return handle;
}

/// Takes a conversation off the count. False if it was not on it.
bool strike(GroupTally& tally, std::size_t loop, std::uint64_t id) {
  if (tally.members[loop].erase(id) == 0) return false;
  tally.size.fetch_sub(1);
  return true;
}

}  // namespace

class ConversationGroup::Members : public std::enable_shared_from_this<Members> {
 public:
  Members(SlowMember slow, std::size_t loop, std::shared_ptr<GroupTally> tally)
      : slow_(slow), loop_(loop), tally_(std::move(tally)) {}

  void add(const std::shared_ptr<ConversationHandle>& handle);
  void remove(std::uint64_t id);
  void clear();
  void send(const SharedBody& body, const Attributes& attributes, std::uint64_t except);

 private:
  /// What makes a conversation leave when it ends.
  struct Membership final : LoopOwner::Part {
    Membership(std::weak_ptr<Members> all, std::uint64_t member) : members(std::move(all)), id(member) {}
    void owner_ended() override {
      if (const std::shared_ptr<Members> all = members.lock()) all->lose(id);
    }
    const std::weak_ptr<Members> members;
    const std::uint64_t id;
  };
  struct Member {
    std::shared_ptr<ConversationHandle> handle;
    std::shared_ptr<Membership> membership;
  };

  void lose(std::uint64_t id);

  const SlowMember slow_;
  const std::size_t loop_;
  const std::shared_ptr<GroupTally> tally_;
  std::unordered_map<std::uint64_t, Member> members_;
};

void ConversationGroup::Members::add(const std::shared_ptr<ConversationHandle>& handle) {
  const std::uint64_t id = handle->id();
  auto membership = std::make_shared<Membership>(weak_from_this(), id);
  if (handle->add_part(membership)) {
    members_.insert_or_assign(id, Member{handle, std::move(membership)});
  } else {
    lose(id);
  }
}

void ConversationGroup::Members::remove(std::uint64_t id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  found->second.handle->remove_part(*found->second.membership);
  members_.erase(found);
}

void ConversationGroup::Members::clear() {
  for (const auto& [id, member] : members_) member.handle->remove_part(*member.membership);
  members_.clear();
}

void ConversationGroup::Members::lose(std::uint64_t id) {
  members_.erase(id);
  const std::lock_guard lock(tally_->mutex);
  strike(*tally_, loop_, id);
}

void ConversationGroup::Members::send(const SharedBody& body, const Attributes& attributes, std::uint64_t except) {
  std::vector<std::uint64_t> too_slow;
  for (const auto& [id, member] : members_) {
    if (id == except) continue;
    ConversationHandle& handle = *member.handle;
    if (!handle.full()) {
      handle.post(mail::Unasked{{.body = body, .attributes = attributes}}, body->size());
    } else if (slow_ == SlowMember::close) {
      too_slow.push_back(id);
    } else {
      tally_->skipped.fetch_add(1);
    }
  }
  for (const std::uint64_t id : too_slow) {
    const std::shared_ptr<ConversationHandle> handle = members_.at(id).handle;
    handle->post(mail::Close{CloseReason::too_slow});
    remove(id);
    lose(id);
  }
}

ConversationGroup::ConversationGroup(SlowMember slow, const std::vector<std::shared_ptr<ListenerLoop>>& loops,
                                     std::weak_ptr<const void> plugins)
    : tally_(std::make_shared<GroupTally>(loops.size())), plugins_(std::move(plugins)) {
  for (const auto& loop : loops) {
    shares_.push_back({loop, std::make_shared<Members>(slow, shares_.size(), tally_)});
  }
}

/// The members forget the group on their loops. Where the listener is gone, each does when it ends.
ConversationGroup::~ConversationGroup() {
  const auto nothing = [](const char* /*why*/) {};  // no memory: as where the listener is gone
  for (Share& share : shares_) {
    run_guarded([&] { share.loop->run([members = std::move(share.members)] { members->clear(); }); }, nothing);
  }
}

void ConversationGroup::add(const Conversation& member) {
  if (!member.open()) return;
  const std::shared_ptr<ConversationHandle> handle = handle_of(member);
  const std::size_t loop = handle->loop();
  const Share& share = shares_.at(loop);
  const std::lock_guard lock(tally_->mutex);
  if (!tally_->members[loop].insert(handle->id()).second) return;
  tally_->size.fetch_add(1);
  if (!share.loop->run([members = share.members, handle] { members->add(handle); })) {
    strike(*tally_, loop, handle->id());
  }
}

void ConversationGroup::remove(const Conversation& member) {
  const std::size_t loop = member.loop();
  const std::uint64_t id = member.id();
  const std::lock_guard lock(tally_->mutex);
  if (loop >= shares_.size() || !strike(*tally_, loop, id)) return;
  const Share& share = shares_[loop];
  share.loop->run([members = share.members, id] { members->remove(id); });
}

void ConversationGroup::send(SharedBody body, const Attributes& attributes, std::uint64_t except) {
  const SharedBody kept = keep(plugins_.lock(), std::move(body));
  const std::lock_guard lock(tally_->mutex);
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    if (tally_->members[i].empty()) continue;
    shares_[i].loop->run(
        [members = shares_[i].members, kept, attributes, except] { members->send(kept, attributes, except); });
  }
}

}  // namespace netkit

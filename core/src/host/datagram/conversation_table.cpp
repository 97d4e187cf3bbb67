#include "host/datagram/conversation_table.h"

#include <utility>
#include <vector>

namespace netkit {

bool ConversationTable::receive(std::string_view bytes, const DatagramRoute& route, const AnswerBudget& budget) {
  if (empty()) return false;
  const auto found = conversations_.find(PeerKey(route.from));
  if (found == conversations_.end()) return false;
  DatagramConversation& conversation = *found->second;
  loop_.guarded(conversation, [&] {
    conversation.earn(budget);
    conversation.receive(bytes, route);
  });
  return true;
}

void ConversationTable::begin(ListenerContext& context, std::string_view bytes, const DatagramRoute& route,
                              const AnswerBudget& budget) {
  if (conversations_.size() >= context.datagrams.most_conversations) {
    context.dropped(DatagramDrop::too_many_peers, route.from);
    return;
  }
  ConnectionPermit permit = context.admission.admit_conversation(route.from, loop_.now());
  if (!permit) return;
  DatagramConversation::Registry& registry = *this;
  auto owned =
      std::make_unique<DatagramConversation>(loop_, registry, sender_, context, std::move(permit), route, budget);
  DatagramConversation& conversation = *owned;
  loop_.adopt(std::move(owned));
  loop_.guarded(conversation, [&] {
    conversations_.emplace(PeerKey(route.from), &conversation);
    conversation.begin();
    conversation.receive(bytes, route);
  });
}

void ConversationTable::drain() {
  std::vector<DatagramConversation*> all;  // as those that end leave the table
  all.reserve(conversations_.size());
  for (const auto& [key, conversation] : conversations_) all.push_back(conversation);
  for (DatagramConversation* conversation : all) {
    loop_.guarded(*conversation, [conversation] { conversation->drain(); });
  }
}

void ConversationTable::remove(const DatagramConversation& conversation) {
  const auto found = conversations_.find(PeerKey(conversation.address()));
  if (found == conversations_.end() || found->second != &conversation) return;
  conversations_.erase(found);
  if (conversations_.empty()) emptied_();
}

}  // namespace netkit

#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "host/datagram/datagram_conversation.h"
#include "host/datagram/peer_key.h"
#include "netkit/task.h"

namespace netkit {

/// The open conversations of one datagram socket by their peers. Its loop owns them; those that only wait for a worker
/// to return are in the table no more. Loop thread.
class ConversationTable final : private DatagramConversation::Registry {
 public:
  /// `emptied` is called when the last conversation has left.
  ConversationTable(EventLoop& loop, DatagramSender& sender, Task emptied)
      : loop_(loop), sender_(sender), emptied_(std::move(emptied)) {}

  bool empty() const { return conversations_.empty(); }

  /// Hands the datagram to its peer's conversation, which `budget` is added to. False if there is none.
  bool receive(std::string_view bytes, const DatagramRoute& route, const AnswerBudget& budget);
  /// Begins one of `context` with the datagram, or drops and counts it.
  void begin(ListenerContext& context, std::string_view bytes, const DatagramRoute& route, const AnswerBudget& budget);
  /// None takes a new datagram any more.
  void drain();

 private:
  void remove(const DatagramConversation& conversation) override;

  EventLoop& loop_;
  DatagramSender& sender_;
  Task emptied_;
  std::unordered_map<PeerKey, DatagramConversation*, PeerKey::Hash> conversations_;
};

}  // namespace netkit

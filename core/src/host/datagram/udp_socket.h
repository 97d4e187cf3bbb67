#pragma once

#include <Poco/Net/DatagramSocket.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "admission/connection_permit.h"
#include "host/conversation/conversation_handle.h"
#include "host/datagram/conversation_table.h"
#include "host/datagram/datagram_batch.h"
#include "host/datagram/datagram_guard.h"
#include "host/datagram/datagram_sender.h"
#include "host/datagram/local_addresses.h"
#include "host/datagram/pending_calls.h"
#include "host/listener/listener_context.h"
#include "host/listener/traffic_tally.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "session/session.h"

namespace netkit {

/// Serves one datagram socket: each answer is one datagram, sent from the address that was asked. Each datagram is a
/// session of its own, or belongs to its peer's conversation where the config says so. Reads and answers in batches; a
/// DatagramGuard decides whom and how much. Owned by its loop; outlives its conversations.
class UdpSocket final : public Channel, public SessionHost {
 public:
  /// `socket` is bound. Throws std::system_error.
  UdpSocket(EventLoop& loop, std::shared_ptr<ListenerContext> context, const Poco::Net::DatagramSocket& socket);
  ~UdpSocket() override;

  /// Starts to serve. Loop thread.
  void start();

  /// Datagrams that come from now on belong to `context`; calls that run and conversations go on as they began. Loop
  /// thread.
  void use(std::shared_ptr<ListenerContext> context);

  /// Drops what comes until it is called with false. Loop thread.
  void pause(bool paused) { paused_ = paused; }

  void on_events(std::uint32_t events) override;
  bool belongs_to(const ListenerContext& context) const override { return context_.get() == &context; }
  const char* listener_name() const override { return context_->name.c_str(); }
  void on_deadline() override { calls_.look(); }
  void drain() override;
  void abort(CloseReason reason) override;

 private:
  Peer peer() const override { return current_->peer(); }
  void call_refused() override { context_->counters.count_refused_call(); }
  CallSource call_source() const override { return current_->from.call_source(context_->limits.per_source.loopback); }
  HandleMaker& handles() override;

  void drop(std::size_t index);
  void serve(std::size_t index);
  std::size_t receive(std::string_view bytes);
  TrafficCounters::Shard& counters() { return context_->counters.traffic.of_loop(loop_.index()); }
  void keep_call(std::string_view rest, const AnswerBudget& budget);
  bool converse(std::string_view bytes, const DatagramRoute& route, const AnswerBudget& budget);
  void answer(std::string_view bytes, const DatagramRoute& route, AnswerBudget& budget);
  void take_mail();
  void end_conversation();
  void release_if_over();
  int fd() const { return socket_.impl()->sockfd(); }

  EventLoop& loop_;
  std::shared_ptr<ListenerContext> context_;  // before all that may hold what is of its plugins
  Poco::Net::DatagramSocket socket_;
  const std::uint16_t port_;
  LocalAddresses local_addresses_;
  DatagramGuard guard_;
  DatagramReader reader_;
  DatagramSender sender_;
  ConversationTable conversations_;
  PendingCalls calls_;
  std::unique_ptr<Session> session_;            // used again for the next datagram where that makes no difference
  std::shared_ptr<ConversationHandle> handle_;  // of the datagram that is being answered, if somebody wants one
  const DatagramRoute* current_ = nullptr;
  std::size_t next_batch_ = DatagramReader::kMost;  // how many are read at once
  bool paused_ = false;                             // by an operator
  bool draining_ = false;
  bool released_ = false;
};

}  // namespace netkit

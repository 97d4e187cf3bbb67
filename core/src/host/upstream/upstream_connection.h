#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admission/memory_budget.h"
#include "base/executor.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "host/loop/loop_owner.h"
#include "host/transport/input_buffer.h"
#include "host/transport/stream.h"
#include "host/upstream/socket_address.h"
#include "host/upstream/upstream_handle.h"
#include "host/upstream/upstream_output.h"
#include "netkit/framing.h"
#include "netkit/unique_fd.h"
#include "upstream/target_settings.h"

namespace netkit {

/// What an onward connection is made of.
struct UpstreamPlan {
  std::shared_ptr<const void> keeps{};  ///< First, to go last: the plugin of all that follows.
  std::shared_ptr<LoopOwner> owner{};
  Executor* workers = nullptr;
  std::shared_ptr<const TargetSettings> settings{};  ///< Null for a descriptor.
  UniqueFd descriptor{};
  Framing framing{};
  std::shared_ptr<UpstreamHandler> handler{};
};

/// Drives one onward connection: finds it, moves its bytes through a codec and tells its handler. Owned by its loop.
///
/// What there is to tell is told at once, unless a call of the owner's handler is under way on another thread: then
/// nothing more is read, and the owner runs what is left when that call is over.
///
/// Its functions stand by what they are about: dialling.cpp (to its socket), reading.cpp (bytes to messages),
/// telling.cpp (its handler); upstream_connection.cpp has the way from the beginning to the end.
class UpstreamConnection final : public Channel {
 public:
  /// Begins to connect. Loop thread, like all that follows.
  static void open(UpstreamPlan plan, std::shared_ptr<UpstreamHandle> handle);

  UpstreamConnection(UpstreamPlan plan, std::shared_ptr<UpstreamHandle> handle);
  ~UpstreamConnection() override;

  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  bool belongs_to(const ListenerContext& /*context*/) const override { return false; }
  /// It ends with its owner.
  void drain() override {}
  void abort(CloseReason reason) override { close(to_string(reason)); }
  bool in_background() const override { return in_background_; }
  std::size_t weight() const override { return memory_.counted(); }

  void on_mail();
  void on_resolved(ResolvedHost host);
  /// The owner ends it without a word, but for what close() or end() have promised to send.
  void owner_ended();

 private:
  static constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;
  /// The longest that a close() waits for the other end to take anything.
  static constexpr std::chrono::seconds kStallOfClose{30};

  /// How far the connection is. Each goes to a later one only.
  enum class Phase : std::uint8_t {
    resolving,
    connecting,
    handshake,
    open,
    lingering,  ///< All is sent and this side has ended: waits for the other end's end.
    closed,     ///< Has no stream any more; on_close() may be still to come.
  };

  void begin();
  void resolve();
  void use_descriptor();
  void dial();
  bool dial(const SocketAddress& address);
  void finish_dialling();
  void use_socket(UniqueFd socket);
  void use_pipe(UniqueFd end, int access);
  void established();

  void serve(std::uint32_t events);
  void serve_readable(std::uint32_t events);
  void read();
  void read_datagrams();
  void receive_failed();
  void discard();
  std::size_t decode(std::string_view bytes);
  bool take_one(std::string_view bytes, std::size_t& used, const Upstream& handle);
  bool size_fits(const Decoded& decoded, std::size_t there);

  bool has_news() const;
  bool may_tell();
  void tell_news();
  void tell_end();
  void decode_end();
  void on_owner_free();
  void tell_close();
  template <class Call>
  void call_handler(Call call);

  void take_mail();
  void send();
  void settle();
  void settle_sent();
  void linger();
  void linger_on();
  void close(std::string_view reason, std::string detail = {});
  void drop_socket(bool reset);
  void forget();
  void drop_plugin();
  void count_memory();
  void update_interest();
  void set_interest(std::uint32_t wanted);

  bool over() const { return phase_ >= Phase::lingering; }
  bool all_sent() const { return output_.empty() && !stream_->holds_unsent(); }
  bool holds_messages() const { return !input_.empty() && !needs_more_; }
  /// Takes messages, as far as the other end and the handler go.
  bool accepts() const { return phase_ == Phase::open && !closing_ && !peer_done_ && !handle_->paused(); }
  bool can_read() const;
  Upstream upstream() const { return Upstream(handle_); }

  EventLoop& loop_;
  UpstreamPlan plan_;
  const std::shared_ptr<UpstreamHandle> handle_;
  const bool datagrams_;
  const bool in_background_;
  Codec codec_;
  std::unique_ptr<Stream> stream_;  // from connected to closed
  InputBuffer input_;
  UpstreamOutput output_;
  MemoryShare memory_;

  UniqueFd socket_;  // while it connects
  std::vector<SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  TimePoint connect_end_{};
  std::string connect_error_;
  bool attempt_timed_out_ = false;
  bool queue_full_ = false;  // of a Unix socket that others wait for

  Phase phase_ = Phase::resolving;
  std::string reason_;
  std::string detail_;
  std::size_t wanted_ = 0;  // size of the message at the front of input_; 0 if unknown
  std::uint64_t sent_before_ = 0;
  std::uint32_t interest_ = 0;
  bool watched_ = false;
  bool needs_more_ = false;
  bool asked_owner_ = false;
  bool untold_connect_ = false;
  bool untold_end_ = false;
  bool peer_done_ = false;  // it has sent its last byte
  bool last_ = false;       // nothing is to be decoded any more
  bool ends_all_ = false;   // its framing says that all is over
  bool end_asked_ = false;
  bool end_sent_ = false;
  bool closing_ = false;
};

}  // namespace netkit

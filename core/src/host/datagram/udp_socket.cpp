#include "host/datagram/udp_socket.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/conversation/mail.h"
#include "host/datagram/single_datagram.h"

namespace netkit {
namespace {

constexpr int kBatchesPerTurn = 2;
constexpr std::size_t kHeavyTurn = std::size_t{128} << 10;  // bytes; others have their turn before the next one

}  // namespace

UdpSocket::UdpSocket(EventLoop& loop, std::shared_ptr<ListenerContext> context, const Poco::Net::DatagramSocket& socket)
    : loop_(loop),
      context_(std::move(context)),
      socket_(socket),
      port_(socket.address().port()),
      guard_(context_->server.datagram_ports,
             [this](const PeerAddress& address) { return local_addresses_.contains(address); }),
      sender_(
          loop, fd(),
          [this](const DatagramRoute& route, int error) {
            context_->dropped(DatagramDrop::not_sent, route.from, std::generic_category().message(error));
          },
          [this] { release_if_over(); }),
      conversations_(loop, sender_, [this] { release_if_over(); }),
      calls_(*this, loop, sender_, [this] { release_if_over(); }) {
  DatagramRoute::prepare(fd());
  context_->server.datagram_ports.add(port_);
}

UdpSocket::~UdpSocket() {
  if (handle_) handle_->end();
  context_->server.datagram_ports.remove(port_);
}

void UdpSocket::start() {
  if (!loop_.watch(fd(), *this, EPOLLIN)) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void UdpSocket::use(std::shared_ptr<ListenerContext> context) {
  session_.reset();
  context_ = std::move(context);
}

void UdpSocket::on_events(std::uint32_t /*events*/) {
  // Also on EPOLLERR, an ICMP message about an earlier answer: the read takes it off.
  bool more = true;
  std::size_t bytes = 0;
  for (int batch = 0; more && batch < kBatchesPerTurn && bytes < kHeavyTurn; ++batch) {
    const std::size_t asked = next_batch_;
    const std::size_t count = reader_.read(fd(), asked);
    const std::size_t before = bytes;
    const BatchTime time(counters());
    for (std::size_t i = 0; i < count; ++i) {
      bytes += reader_.bytes(i).size();
      paused_ ? drop(i) : serve(i);
    }
    sender_.flush();
    more = count == asked;
    if (count == 0) break;
    // As many as come to such a turn, if they are as large as these.
    next_batch_ = std::clamp<std::size_t>(count * kHeavyTurn / std::max<std::size_t>(bytes - before, 1), 1,
                                          DatagramReader::kMost);
  }
  set_heavy(more);
}

void UdpSocket::drop(std::size_t index) { context_->dropped(DatagramDrop::paused, reader_.route(index).from); }

void UdpSocket::serve(std::size_t index) {
  DatagramRoute& route = reader_.route(index);
  const DatagramDrop verdict =
      reader_.truncated(index) ? DatagramDrop::truncated : guard_.judge(context_->datagrams, route);
  if (verdict != DatagramDrop::none) {
    context_->dropped(verdict, route.from);
    return;
  }
  const std::string_view bytes = reader_.bytes(index);
  const auto serve_admitted = [&] {
    if (!context_->admission.admits_datagram(route.from, bytes.size(), loop_.now())) return;
    TrafficCounters::Shard::add(counters().received_bytes, bytes.size());
    AnswerBudget budget = guard_.budget(context_->datagrams, route.from, bytes.size(), loop_.now());
    if (!converse(bytes, route, budget)) answer(bytes, route, budget);
  };
  run_guarded(serve_admitted, [&](const char* why) {
    // Out of memory, most likely: this datagram is lost, the next one is not.
    session_.reset();
    if (handle_) std::exchange(handle_, nullptr)->end();
    context_->dropped(DatagramDrop::failed, route.from, why);
  });
  sender_.scratch().clear();
}

/// False if the datagram is a conversation of its own. Conversations that there are go on as they began, whatever the
/// config says by now.
bool UdpSocket::converse(std::string_view bytes, const DatagramRoute& route, const AnswerBudget& budget) {
  if (!conversations_.empty() && conversations_.receive(bytes, route, budget)) return true;
  if (context_->datagrams.most_conversations == 0) return false;
  conversations_.begin(*context_, bytes, route, budget);
  return true;
}

void UdpSocket::answer(std::string_view bytes, const DatagramRoute& route, AnswerBudget& budget) {
  current_ = &route;
  if (!session_ || !session_->reusable()) {
    session_ = std::make_unique<Session>(context_->protocol, *this);
    session_->open();
  }
  const std::size_t used = receive(bytes);
  sender_.add(sender_.scratch(), route, budget, *context_);
  if (session_->busy() || session_->call_open()) {
    keep_call(bytes.substr(used), budget);
    return;
  }
  if (session_->ended() == CloseReason::malformed)
    context_->note_malformed(route.peer(), session_->end_detail(), {.bytes = bytes, .at = used, .offset = used});
  if (used < bytes.size() && is_cut_off(*session_)) context_->dropped(DatagramDrop::too_many_answers, route.from);
  note_end(*context_, *session_, route);
  if (handle_) [[unlikely]]
    end_conversation();
}

/// Has the session answer a datagram into the sender's scratch. Returns the number of bytes used.
std::size_t UdpSocket::receive(std::string_view bytes) {
  const TrafficTally tally(*session_, counters());
  const std::size_t used = session_->receive_datagram(bytes, sender_.scratch());
  if (handle_) [[unlikely]]
    take_mail();
  return used;
}

HandleMaker& UdpSocket::handles() {
  if (!handle_) {
    handle_ = std::make_shared<ConversationHandle>(loop_, context_->workers, context_, current_->peer(),
                                                   context_->protocol.output_limit, context_->handler_log,
                                                   LocalEnd{.transport = "udp"}, context_->call_times(loop_.index()));
  }
  return *handle_;
}

/// What was sent unasked within the call.
void UdpSocket::take_mail() { deliver(handle_->take_mail(), *session_, sender_.scratch(), false); }

/// The datagram is answered: whoever has kept a handle finds it closed.
void UdpSocket::end_conversation() {
  session_->closed(session_->ended(), session_->end_detail());
  std::exchange(handle_, nullptr)->end();
}

/// The datagram is not answered yet: its session goes with it, the next datagram gets a new one.
void UdpSocket::keep_call(std::string_view rest, const AnswerBudget& budget) {
  std::unique_ptr<Session> session = std::move(session_);
  TrafficCounters::Shard::add(counters().timed_apart, session->take_opened());
  std::shared_ptr<ConversationHandle> handle = std::exchange(handle_, nullptr);
  if (calls_.full()) {
    handle->end();
    context_->dropped(DatagramDrop::too_many_calls, current_->from);
    return;
  }
  ConnectionPermit permit = context_->admission.admit_call(current_->from);
  if (!permit) return handle->end();
  calls_.begin(std::move(session), context_, {*current_, rest, budget}, std::move(permit), std::move(handle));
}

void UdpSocket::drain() {
  if (draining_) return;
  draining_ = true;
  loop_.unwatch(*this);
  conversations_.drain();
  release_if_over();
}

/// Once nothing refers to it any more.
void UdpSocket::release_if_over() {
  if (!draining_ || released_ || !calls_.empty() || !conversations_.empty() || sender_.pending()) return;
  released_ = true;
  loop_.release(*this);
}

void UdpSocket::abort(CloseReason reason) {
  if (reason == CloseReason::out_of_resources) return;  // it serves everybody: what comes next may find memory again
  drain();
  calls_.give_up(reason);
}

}  // namespace netkit

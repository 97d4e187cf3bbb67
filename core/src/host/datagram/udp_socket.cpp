#include "host/datagram/udp_socket.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"

namespace netkit {
namespace {

constexpr int kBatchesPerTurn = 4;
constexpr std::size_t kMostCalls = 1024;  // datagrams whose handler runs or waits for a worker

}  // namespace

/// A datagram whose handler runs on a worker. Keeps its session and what else is in the datagram.
class UdpSocket::PendingCall final : public Endpoint, public WorkerCall::Owner {
 public:
  PendingCall(UdpSocket& socket, const DatagramRoute& route, std::string_view rest, const AnswerBudget& budget,
              ConnectionPermit permit)
      : context_(socket.context_),
        socket_(socket),
        permit_(std::move(permit)),
        route_(route),
        rest_(rest),
        budget_(budget),
        due_(context_->timeouts.handler.count() > 0 ? socket.loop_.now() + context_->timeouts.handler
                                                    : TimePoint::max()) {
    answers_.keep_message_ends();
  }

  /// Runs the session's call; throws if no thread can be had.
  void start(std::unique_ptr<Session> session) {
    session_ = std::move(session);
    session_->use_endpoint(*this);
    start_call();
  }
  void cancel() { call_->cancel(); }
  /// The time its handler has is over: the handler is told so, and nothing is answered.
  void expire() {
    if (std::exchange(expired_, true)) return;
    context_->closed(CloseReason::handler_timeout, route_.peer(), {});
    cancel();
  }
  TimePoint due() const { return due_; }
  bool expired() const { return expired_; }

  std::list<std::unique_ptr<PendingCall>>::iterator place;

 private:
  Peer peer() const override { return route_.peer(); }

  void start_call() {
    call_ = std::make_shared<WorkerCall>(session_->take_job(), *this, socket_.loop_, context_);
    call_->start(context_->workers, context_->call_limiter.get());
  }

  void on_answers(Output& answers) override { answers_.append(answers); }

  void on_return(Job& job) override {
    if (expired_) {
      socket_.finished(*this);
      return;
    }
    bool goes_on = false;
    run_guarded([&] { goes_on = go_on(job); },
                [&](const char* why) { context_->dropped(DatagramDrop::failed, route_.from, why); });
    if (!goes_on) socket_.finished(*this);
  }

  /// True if another call has been started, for what else is in the datagram.
  bool go_on(Job& job) {
    session_->complete(job, answers_);
    if (!rest_.empty() && session_->ended() == CloseReason::none) {
      rest_.erase(0, session_->receive_datagram(rest_, answers_));
    }
    if (session_->busy()) {
      start_call();
      return true;
    }
    socket_.send(answers_, route_, budget_);
    note_end(*context_, *session_, route_.peer());
    return false;
  }

  const std::shared_ptr<ListenerContext> context_;  // the one it began with
  UdpSocket& socket_;
  ConnectionPermit permit_;
  DatagramRoute route_;
  std::string rest_;
  AnswerBudget budget_;
  Output answers_;
  std::unique_ptr<Session> session_;
  std::shared_ptr<WorkerCall> call_;
  TimePoint due_;
  bool expired_ = false;
};

UdpSocket::UdpSocket(EventLoop& loop, std::shared_ptr<ListenerContext> context, const Poco::Net::DatagramSocket& socket)
    : loop_(loop),
      context_(std::move(context)),
      socket_(socket),
      port_(socket.address().port()),
      guard_(context_->server.datagram_ports,
             [this](const PeerAddress& address) { return local_addresses_.contains(address); }) {
  answers_.keep_message_ends();
  context_->server.datagram_ports.add(port_);
}

UdpSocket::~UdpSocket() { context_->server.datagram_ports.remove(port_); }

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
  for (int batch = 0; more && batch < kBatchesPerTurn; ++batch) {
    const std::size_t count = reader_.read(fd());
    for (std::size_t i = 0; i < count; ++i) serve(i);
    flush();
    more = count == DatagramReader::kMost;
  }
  set_heavy(more);
}

void UdpSocket::serve(std::size_t index) {
  const DatagramRoute& route = reader_.route(index);
  const DatagramDrop verdict =
      reader_.truncated(index) ? DatagramDrop::truncated : guard_.judge(context_->datagrams, route);
  if (verdict != DatagramDrop::none) {
    context_->dropped(verdict, route.from);
    return;
  }
  const std::string_view bytes = reader_.bytes(index);
  const auto serve_admitted = [&] {
    if (context_->admission.admits_datagram(route.from, bytes.size(), loop_.now())) answer(bytes, route);
  };
  run_guarded(serve_admitted, [&](const char* why) {
    // Out of memory, most likely: this datagram is lost, the next one is not.
    session_.reset();
    context_->dropped(DatagramDrop::failed, route.from, why);
  });
  answers_.clear();
}

void UdpSocket::answer(std::string_view bytes, const DatagramRoute& route) {
  current_ = &route;
  AnswerBudget budget = guard_.budget(context_->datagrams, route.from, bytes.size());
  if (!session_ || !session_->reusable()) session_ = std::make_unique<Session>(context_->protocol, *this);
  const std::uint64_t before = session_->messages();
  const std::size_t used = session_->receive_datagram(bytes, answers_);
  context_->counters.messages.fetch_add(session_->messages() - before, std::memory_order_relaxed);
  send(answers_, route, budget);
  if (session_->busy()) {
    keep_call(bytes.substr(used), budget);
  } else {
    note_end(*context_, *session_, route.peer());
  }
}

/// The handler of a datagram runs on a worker: its session goes with it, the next datagram gets a new one.
void UdpSocket::keep_call(std::string_view rest, const AnswerBudget& budget) {
  std::unique_ptr<Session> session = std::move(session_);
  if (calls_.size() >= kMostCalls) {
    context_->dropped(DatagramDrop::too_many_calls, current_->from);
    return;
  }
  ConnectionPermit permit = context_->admission.admit_call(current_->from);
  if (!permit) return;
  calls_.push_front(std::make_unique<PendingCall>(*this, *current_, rest, budget, std::move(permit)));
  PendingCall& call = *calls_.front();
  call.place = calls_.begin();
  try {
    call.start(std::move(session));
  } catch (const std::exception& error) {
    calls_.erase(call.place);
    context_->dropped(DatagramDrop::failed, current_->from, std::string("no thread for the handler: ") + error.what());
    return;
  }
  watch_calls(call.due());
}

/// Has the loop look at the calls when this one's time is over, or sooner if that was asked before.
void UdpSocket::watch_calls(TimePoint due) {
  if (due >= next_look_) return;
  next_look_ = due;
  loop_.set_deadline(*this, due);
}

void UdpSocket::on_deadline() {
  next_look_ = TimePoint::max();
  for (const auto& call : calls_) {
    if (call->expired()) continue;
    if (call->due() <= loop_.now()) {
      call->expire();
    } else {
      watch_calls(call->due());
    }
  }
}

void UdpSocket::finished(PendingCall& call) {
  flush();
  calls_.erase(call.place);
  if (draining_ && calls_.empty()) loop_.release(*this);
}

void UdpSocket::send(const Output& answers, const DatagramRoute& route, AnswerBudget& budget) {
  const std::string_view bytes = answers.view();
  std::size_t start = 0;
  for (const std::size_t end : answers.message_ends()) {
    if (budget.take(end - start)) {
      writer_.add(bytes.substr(start, end - start), route);
    } else {
      context_->dropped(DatagramDrop::over_budget, route.from);
    }
    start = end;
    if (writer_.full()) flush();
  }
}

void UdpSocket::flush() {
  writer_.flush(fd(), [this](const DatagramRoute& route, int error) {
    context_->dropped(DatagramDrop::not_sent, route.from, std::generic_category().message(error));
  });
}

void UdpSocket::note_end(ListenerContext& context, const Session& session, const Peer& peer) {
  if (session.ended() == CloseReason::none || session.ended() == CloseReason::handler_closed) return;
  context.closed(session.ended(), peer, session.end_detail());
}

void UdpSocket::drain() {
  if (draining_) return;
  draining_ = true;
  loop_.unwatch(*this);
  if (calls_.empty()) loop_.release(*this);
}

void UdpSocket::abort(CloseReason reason) {
  if (reason == CloseReason::out_of_resources) return;  // it serves everybody: what comes next may find memory again
  drain();
  for (const auto& call : calls_) call->cancel();
}

}  // namespace netkit

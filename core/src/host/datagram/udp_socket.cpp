#include "host/datagram/udp_socket.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/conversation/mail.h"
#include "host/worker/worker_call.h"
#include "session/deadlines.h"

namespace netkit {
namespace {

/// True if the session has left a part of its datagram alone because of Protocol::most_answers.
bool is_cut_off(const Session& session) {
  return session.ended() == CloseReason::none && !session.needs_more() && !session.busy() && !session.call_open() &&
         !session.used_up();
}

constexpr int kBatchesPerTurn = 2;
constexpr std::size_t kHeavyBatch = std::size_t{128} << 10;  // bytes; others have their turn before the next one
constexpr std::size_t kMostCalls = 1024;                     // datagrams whose handler runs or waits for a worker

}  // namespace

/// A datagram that is not answered yet: its handler runs on a worker, or keeps the reply. Keeps its session and what
/// else is in the datagram.
class UdpSocket::PendingCall final : public SessionHost, public ConversationHandle::Owner {
 public:
  PendingCall(UdpSocket& socket, const DatagramRoute& route, std::string_view rest, const AnswerBudget& budget,
              ConnectionPermit permit, std::shared_ptr<ConversationHandle> handle)
      : context_(socket.context_),
        socket_(socket),
        permit_(std::move(permit)),
        route_(route),
        rest_(rest),
        budget_(budget),
        handle_(std::move(handle)) {
    answers_.keep_message_ends();
  }
  ~PendingCall() override { handle_->end(); }

  /// Runs the session's call, or waits for its reply; throws if no thread can be had.
  void start(std::unique_ptr<Session> session) {
    session_ = std::move(session);
    session_->use_host(*this);
    handle_->attach(*this);
    if (session_->job_ready()) start_call();
    set_due();
  }
  void cancel() {
    if (handle_->call) handle_->call->cancel();
  }
  /// The time its handler has is over: the handler is told so, and nothing is answered.
  void expire() {
    if (std::exchange(expired_, true)) return;
    context_->closed(CloseReason::handler_timeout, route_.peer(), {});
    if (handle_->call) {
      cancel();
    } else {
      socket_.finished(*this);
    }
  }
  TimePoint due() const { return due_; }
  bool expired() const { return expired_; }

  std::list<std::unique_ptr<PendingCall>>::iterator position;

 private:
  Peer peer() const override { return route_.peer(); }
  CallSource call_source() const override { return route_.from.call_source(context_->limits.per_source.loopback); }
  std::shared_ptr<HandleMaker> handles() override { return handle_; }

  TimeHistogram* call_times() override { return &socket_.counters().times; }

  void start_call() {
    handle_->call = std::make_shared<WorkerCall>(session_->take_job(), *this, socket_.loop_, context_);
    handle_->call->start(context_->workers, context_->call_limiter.get());
  }

  void set_due() {
    std::chrono::nanoseconds most = context_->timeouts.handler;
    if (most.count() == 0 && !handle_->call && !session_->untimed()) most = Deadlines::kLongestLateAnswer;
    due_ = most.count() > 0 ? socket_.loop_.now() + most : TimePoint::max();
    socket_.watch_calls(due_);
  }

  void on_answers() override {
    if (handle_->call) handle_->call->take(answers_);
    on_mail();
  }

  void on_pause() override {}  // there is one datagram, and it has come
  void on_mail() override {
    if (expired_ || !session_) return;
    go_on([this] { take_mail(); });
  }

  const char* listener_name() const override { return context_->name.c_str(); }

  void on_return(Job& job) override {
    const std::shared_ptr<WorkerCall> done = std::exchange(handle_->call, nullptr);
    if (expired_) {
      socket_.finished(*this);
      return;
    }
    go_on([&] {
      done->take(answers_);
      complete(job);
      take_mail();
      set_due();
    });
  }

  void complete(Job& job) {
    const TrafficTally tally(*session_, socket_.counters());
    session_->complete(job, answers_);
  }

  void take_mail() {
    std::unique_lock<std::mutex> encoder;
    if (handle_->call) encoder = handle_->call->hold_encoder(answers_);
    if (handle_->call && !encoder) return;  // the worker is amid an answer: on_answers() follows
    handle_->put_back(deliver(handle_->take_mail(), *session_, answers_, handle_->call != nullptr));
  }

  /// Makes a step, sends what there is to send, and finds out whether the datagram is done with.
  template <class Step>
  void go_on(Step step) {
    bool done = true;
    const auto make_step = [&] {
      step();
      if (!rest_.empty() && session_->ended() == CloseReason::none) {
        TrafficTally tally(*session_, socket_.counters());
        const std::uint64_t start = ticks();
        rest_.erase(0, session_->receive_datagram(rest_, answers_));
        tally.time(start);
        if (!rest_.empty() && is_cut_off(*session_)) {
          context_->dropped(DatagramDrop::too_many_answers, route_.from);
          rest_.clear();
        }
      }
      if (session_->job_ready()) start_call();
      socket_.sender_.add(answers_, route_, budget_, *context_);
      answers_.clear();
      socket_.sender_.flush();
      done = !handle_->call && (session_->ended() != CloseReason::none || !session_->call_open());
    };
    run_guarded(make_step, [&](const char* why) { context_->dropped(DatagramDrop::failed, route_.from, why); });
    if (!done) return;
    note_end(*context_, *session_, route_);
    session_->closed(session_->ended(), session_->end_detail());
    socket_.finished(*this);
  }

  const std::shared_ptr<ListenerContext> context_;  // the one it began with
  UdpSocket& socket_;
  ConnectionPermit permit_;
  DatagramRoute route_;
  std::string rest_;
  AnswerBudget budget_;
  Output answers_;
  const std::shared_ptr<ConversationHandle> handle_;
  std::unique_ptr<Session> session_;
  TimePoint due_ = TimePoint::max();
  bool expired_ = false;
};

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
      conversations_(loop, sender_, [this] { release_if_over(); }) {
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
  for (int batch = 0; more && batch < kBatchesPerTurn; ++batch) {
    const std::size_t asked = std::exchange(next_batch_, DatagramReader::kMost);
    const std::size_t count = reader_.read(fd(), asked);
    std::size_t bytes = 0;
    const BatchTime time(counters());
    for (std::size_t i = 0; i < count; ++i) {
      bytes += reader_.bytes(i).size();
      paused_ ? drop(i) : serve(i);
    }
    sender_.flush();
    more = count == asked;
    if (bytes < kHeavyBatch) continue;
    next_batch_ = std::max<std::size_t>(1, count * kHeavyBatch / 2 / bytes);
    break;
  }
  set_heavy(more);
}

void UdpSocket::drop(std::size_t index) { context_->dropped(DatagramDrop::paused, reader_.route(index).from); }

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

std::shared_ptr<HandleMaker> UdpSocket::handles() {
  if (!handle_) {
    handle_ = std::make_shared<ConversationHandle>(loop_, context_->workers, context_, current_->peer(),
                                                   context_->protocol.output_limit, context_->handler_log,
                                                   LocalEnd{.transport = "udp"}, context_->call_times(loop_.index()));
  }
  return handle_;
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
  counters().timed_apart.fetch_add(session->take_opened(), std::memory_order_relaxed);
  const std::shared_ptr<ConversationHandle> handle = std::exchange(handle_, nullptr);
  if (calls_.size() >= kMostCalls) {
    handle->end();
    context_->dropped(DatagramDrop::too_many_calls, current_->from);
    return;
  }
  ConnectionPermit permit = context_->admission.admit_call(current_->from);
  if (!permit) return handle->end();
  calls_.push_front(std::make_unique<PendingCall>(*this, *current_, rest, budget, std::move(permit), handle));
  PendingCall& call = *calls_.front();
  call.position = calls_.begin();
  try {
    call.start(std::move(session));
  } catch (const std::exception& error) {
    calls_.erase(call.position);
    context_->dropped(DatagramDrop::failed, current_->from, std::string("no thread for the handler: ") + error.what());
  }
}

/// Has the loop look at the calls when this one's time is over, or sooner if that was asked before.
void UdpSocket::watch_calls(TimePoint due) {
  if (due >= next_look_) return;
  next_look_ = due;
  loop_.set_deadline(*this, due);
}

void UdpSocket::on_deadline() {
  next_look_ = TimePoint::max();
  for (auto next = calls_.begin(); next != calls_.end();) {
    PendingCall& call = **next++;  // expire() may erase it
    if (call.expired()) continue;
    if (call.due() <= loop_.now()) {
      call.expire();
    } else {
      watch_calls(call.due());
    }
  }
}

void UdpSocket::finished(PendingCall& call) {
  sender_.flush();
  calls_.erase(call.position);
  release_if_over();
}

void UdpSocket::note_end(ListenerContext& context, const Session& session, const DatagramRoute& route) {
  if (session.ended() == CloseReason::none || session.ended() == CloseReason::handler_closed) return;
  context.closed(session.ended(), route.peer(), session.end_detail());
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
  for (const auto& call : calls_) call->cancel();
}

}  // namespace netkit

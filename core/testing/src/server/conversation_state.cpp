#include "server/conversation_state.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "host/conversation/late_reply.h"
#include "netkit/upstream.h"
#include "server/server_state.h"
#include "server/upstream_state.h"
#include "session/streamed_body.h"

namespace netkit::testing {
namespace {

std::atomic<std::uint64_t> last_id{0};

}  // namespace

ConversationState::ConversationState(ServerState& server, Peer peer, std::size_t loop)
    : server_(server),
      loops_(server.loops()),
      log_(server.shared_log()),
      id_(++last_id),
      loop_(loop),
      output_limit_(server.setup().output_limit),
      peer_(std::move(peer)),
      peer_end_(server.framing(), [this](std::string_view reply) { give(reply); }) {}

void ConversationState::begin() {
  session_ = std::make_unique<Session>(server_.protocol(), *this);
  session_->open();
}

Peer ConversationState::peer() const {
  const std::lock_guard lock(mutex_);
  return peer_;
}

bool ConversationState::send(SharedBody body, const Attributes& attributes) {
  if (full()) return false;
  const std::size_t weight = body->size();
  return post(mail::Unasked{{.body = std::move(body), .attributes = attributes}}, weight);
}

Timer ConversationState::after(std::chrono::nanoseconds delay, Task task) {
  return open_ ? loops_->after(delay, weak_from_this(), std::move(task)) : Timer();
}

bool ConversationState::when_writable(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    when_writable_.push_back(std::move(task));
  }
  tell_writable();
  return true;
}

Upstream ConversationState::connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  auto upstream = std::make_shared<UpstreamState>(server_, target.name(), weak_from_this(), std::move(handler));
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return Upstream();
    upstreams_.push_back(upstream);
  }
  server_.add_upstream(upstream);
  return Upstream(upstream);
}

Reply ConversationState::make_reply(std::uint64_t call, CallPermit permit) {
  return Reply(std::make_unique<LateReply<ConversationState>>(shared_from_this(), call, std::move(permit)));
}

bool ConversationState::post(Mail mail, std::size_t weight) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    mail_.push_back(std::move(mail));
    posted_ += weight;
  }
  loops_->wake();
  return true;
}

void ConversationState::give(std::string_view bytes) {
  input_ += bytes;
  fresh_ = true;
}

void ConversationState::set_tls_identity(std::string certificate, std::string server_name) {
  certificate_ = std::move(certificate);
  server_name_ = std::move(server_name);
}

bool ConversationState::pump() {
  if (over_) return false;
  bool moved = finish_call();
  moved |= call_ && call_->take(out_);
  moved |= deliver_mail();
  moved |= receive();
  moved |= start_call();
  moved |= finish_input();
  moved |= send_out();
  if (over_) return true;
  moved |= begin_tls();
  if (session_->ended() != CloseReason::none && !calling() && out_.empty()) {
    end(session_->ended(), session_->end_detail());
    return true;
  }
  return moved;
}

bool ConversationState::deliver_mail() {
  MailBag bag;
  {
    const std::lock_guard lock(mutex_);
    bag.swap(mail_);
    posted_ = 0;
  }
  if (bag.empty()) return false;
  const std::size_t before = bag.size();
  std::unique_lock<std::mutex> encoder;
  if (calling()) {
    encoder = call_->hold_encoder();
    call_->take(out_);
  }
  MailBag kept = deliver(std::move(bag), *session_, out_, calling());
  if (encoder) encoder.unlock();
  heed_pause();
  const std::lock_guard lock(mutex_);
  for (const Mail& mail : kept) posted_ += weight_of(mail);
  mail_.insert(mail_.begin(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
  return kept.size() < before;
}

/// As the server does it: at once on the loop, by mail elsewhere.
void ConversationState::pause() {
  paused_ = true;
  if (std::this_thread::get_id() == home_ && session_) return session_->pause();
  post(mail::Look{});
}

void ConversationState::resume() {
  paused_ = false;
  post(mail::Look{});
}

void ConversationState::heed_pause() {
  if (paused_) {
    session_->pause();
  } else {
    session_->allow(UINT64_MAX);
  }
}

bool ConversationState::receive() {
  const bool can = !paused_ && !session_->busy() && session_->ended() == CloseReason::none;
  if (!can || input_.empty() || (!fresh_ && session_->needs_more()) || session_->backed_up(out_)) return false;
  fresh_ = false;
  const std::size_t used = session_->receive(input_, out_);
  input_.erase(0, used);
  return used > 0 || session_->ended() != CloseReason::none;
}

bool ConversationState::start_call() {
  if (call_ || !session_->job_ready() || session_->ended() != CloseReason::none) return false;
  call_ = std::make_unique<BlockingCall>(session_->take_job(), *loops_, output_limit_);
  call_->report_unsent(unsent_);
  call_->start(server_.setup().worker_threads);
  return true;
}

bool ConversationState::finish_call() {
  if (!call_ || !call_->done()) return false;
  const std::unique_ptr<BlockingCall> call = std::move(call_);
  Job& job = call->finish();
  call->take(out_);
  session_->complete(job, out_);
  return true;
}

bool ConversationState::finish_input() {
  const bool all_taken = input_.empty() || session_->needs_more();
  const bool can = peer_done_ && all_taken && !paused_ && !session_->busy() && !session_->call_open();
  if (!can || session_->outlives_peer_end() || session_->ended() != CloseReason::none) return false;
  session_->receive_end(std::exchange(input_, {}), out_);
  return true;
}

/// The peer begins the handshake as soon as it has read all, and that succeeds at once.
bool ConversationState::begin_tls() {
  if (!session_->wants_tls() || session_->ended() != CloseReason::none || !out_.empty()) return false;
  if (!session_->begin_tls(std::exchange(input_, {}))) return true;
  session_->tls_established();
  const std::lock_guard lock(mutex_);
  peer_.encrypted = true;
  peer_.certificate = certificate_;
  peer_.server_name = server_name_;
  return true;
}

/// Moves what waits to the peer, if that reads.
bool ConversationState::send_out() {
  bool moved = false;
  while (reading_ && !out_.empty()) {
    moved = true;
    const std::string_view bytes = out_.front_bytes();
    peer_end_.receive(bytes);
    out_.consume(bytes.size());
    if (out_.front_body() == nullptr) continue;
    const std::unique_ptr<BodySource> source = out_.take_body();
    try {
      read_body(*source);
    } catch (const std::exception& error) {
      out_.clear();
      end(CloseReason::body_failed, error.what());
      return true;
    }
  }
  unsent_ = out_.waiting();
  if (call_) call_->report_unsent(unsent_);
  tell_writable();
  return moved;
}

void ConversationState::read_body(BodySource& source) {
  const std::uint64_t size = source.size();
  std::array<char, 16384> piece{};
  for (std::uint64_t got = 0; got < size;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - got));
    if (want == size - got && !source.intact()) throw std::runtime_error("the body changed while it was sent");
    const std::size_t count = source.read(std::span(piece).first(want));
    if (count == 0 && size == kUntilItEnds) return;
    if (count == 0 || count > want) throw std::runtime_error("the body came short");
    peer_end_.receive({piece.data(), count});
    got += count;
  }
}

void ConversationState::tell_writable() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    if (waiting() >= output_limit_ / 2) return;
    tasks.swap(when_writable_);
  }
  for (Task& task : tasks) run(std::move(task));
}

void ConversationState::end(CloseReason reason, const std::string& detail) {
  if (over_) return;
  over_ = true;
  reason_ = reason;
  detail_ = detail;
  if (call_) {
    call_->cancel();
    call_->finish();
  }
  session_->closed(reason_, detail_);
  release();
}

/// Nothing is called for it any more; what its handles held is let go.
void ConversationState::release() {
  MailBag mail;
  std::vector<Task> tasks;
  std::vector<std::weak_ptr<UpstreamState>> upstreams;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
    mail.swap(mail_);
    tasks.swap(when_writable_);
    upstreams.swap(upstreams_);
  }
  stop_.request_stop();
  loops_->cancel_all_of(*this);
  for (const auto& weak : upstreams) {
    if (const auto upstream = weak.lock()) upstream->drop();
  }
  call_.reset();
  out_.release();
  session_.reset();
}

}  // namespace netkit::testing

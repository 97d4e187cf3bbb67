#include "host/conversation/conversation_handle.h"

#include <algorithm>
#include <utility>

#include "host/conversation/late_reply.h"
#include "host/listener/listener_context.h"
#include "host/upstream/connect.h"
#include "host/worker/worker_call.h"

namespace netkit {
namespace {

constexpr std::size_t kLeastMail = 4;
constexpr std::size_t kMostMail = 64;

std::atomic<std::uint64_t> last_id{0};

}  // namespace

ConversationHandle::ConversationHandle(EventLoop& loop, Executor& workers, std::shared_ptr<const void> keeps, Peer peer,
                                       std::size_t output_limit, std::shared_ptr<ListenerLog> log, LocalEnd local,
                                       std::shared_ptr<TimeHistogram> call_times)
    : loop_(loop),
      workers_(workers),
      id_(++last_id),
      local_(std::move(local)),
      output_limit_(output_limit),
      log_(std::move(log)),
      call_times_(std::move(call_times)),
      peer_(std::move(peer)),
      keeps_(std::move(keeps)) {}

ConversationHandle::~ConversationHandle() = default;

bool ConversationHandle::send(SharedBody body, const Attributes& attributes) {
  if (full()) return false;
  const std::size_t weight = body->size();
  return post(mail::Unasked{{.body = std::move(body), .attributes = attributes}}, weight);
}

/// At once on the loop, where other messages of the same read may follow. Elsewhere the mail has the owner look.
void ConversationHandle::pause() {
  paused_ = true;
  if (loop_.is_here() && owner_ != nullptr) return owner_->on_pause();
  post(mail::Look{});
}

void ConversationHandle::resume() {
  paused_ = false;
  post(mail::Look{});
}

bool ConversationHandle::when_writable(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!open()) return false;
    when_writable_.push_back(std::move(task));
    waits_for_room_ = true;
  }
  if (waiting() < output_limit_ / 2) tell_writable();
  return true;
}

Reply ConversationHandle::make_reply(std::uint64_t call_number, CallPermit permit) {
  return Reply(std::make_unique<LateReply<ConversationHandle>>(shared_from_this(), call_number, std::move(permit)));
}

std::stop_token ConversationHandle::stop_token() {
  const std::lock_guard lock(mutex_);
  if (!stop_.stop_possible()) {
    stop_ = std::stop_source();
    if (!open()) stop_.request_stop();
  }
  return stop_.get_token();
}

bool ConversationHandle::post(Mail mail, std::size_t weight) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open()) return false;
    if (mail_.empty()) mail_.reserve(usual_mail_);
    mail_.push_back(std::move(mail));
    posted_.fetch_add(weight, std::memory_order_relaxed);
    first = !announced_.exchange(true);
  }
  if (first) announce();
  return true;
}

void ConversationHandle::announce() {
  loop_.post([self = shared_from_this()] {
    if (self->owner_ != nullptr) self->owner_->on_mail();
  });
}

void ConversationHandle::attach(Owner& owner) {
  owner_ = &owner;
  const std::lock_guard lock(mutex_);
  if (!mail_.empty()) announce();
}

MailBag ConversationHandle::take_mail() {
  const std::lock_guard lock(mutex_);
  announced_ = false;
  posted_ = 0;
  usual_mail_ = std::clamp(mail_.size(), kLeastMail, kMostMail);
  return std::exchange(mail_, {});
}

void ConversationHandle::put_back(MailBag kept) {
  if (kept.empty()) return;
  std::size_t weight = 0;
  for (const Mail& mail : kept) weight += weight_of(mail);
  const std::lock_guard lock(mutex_);
  posted_.fetch_add(weight, std::memory_order_relaxed);
  kept.insert(kept.end(), std::make_move_iterator(mail_.begin()), std::make_move_iterator(mail_.end()));
  mail_ = std::move(kept);
}

bool ConversationHandle::deliver_mail(Session& session, Output& out) {
  std::unique_lock<std::mutex> encoder;
  if (call) encoder = call->hold_encoder(out);
  if (call && !encoder) return false;
  put_back(deliver(take_mail(), session, out, calling()));
  return true;
}

void ConversationHandle::start_call(std::unique_ptr<Job> job, ListenerContext& context) {
  call = std::make_shared<WorkerCall>(std::move(job), *owner_, loop_, context.shared_from_this());
  try {
    call->start(context.workers, context.call_limiter.get());
  } catch (...) {
    call.reset();
    throw;
  }
}

void ConversationHandle::report_unsent(std::size_t bytes) {
  unsent_.store(bytes, std::memory_order_relaxed);
  if (waits_for_room_ && waiting() < output_limit_ / 2) tell_writable();
}

void ConversationHandle::tell_writable() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    waits_for_room_ = false;
    tasks.swap(when_writable_);
  }
  for (Task& task : tasks) run(std::move(task));
}

void ConversationHandle::end() {
  std::shared_ptr<const void> keeps;
  MailBag mail;
  std::vector<Task> tasks;
  std::stop_source stop(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    if (!open()) return;
    open_.store(false, std::memory_order_release);
    keeps.swap(keeps_);
    mail.swap(mail_);
    tasks.swap(when_writable_);
    stop.swap(stop_);
  }
  stop.request_stop();
  owner_ = nullptr;
  end_parts();
  // The tasks go before what keeps their code.
  tasks.clear();
  mail.clear();
}

Peer ConversationHandle::peer() const {
  const std::lock_guard lock(mutex_);
  return peer_;
}

void ConversationHandle::set_peer(Peer peer) {
  const std::lock_guard lock(mutex_);
  peer_ = std::move(peer);
}

void ConversationHandle::log(LogLevel level, std::string_view text) {
  if (log_) log_->write(level, peer(), id_, text);
}

void ConversationHandle::event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (log_) log_->event(level, peer(), id_, event, fields);
}

Upstream ConversationHandle::connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  std::shared_ptr<const void> keeps;
  {
    const std::lock_guard lock(mutex_);
    keeps = keeps_;
  }
  if (!open()) {
    const UniqueFd unused(target.descriptor());
    return {};
  }
  return connect_upstream(shared_from_this(), workers_, std::move(keeps), target, std::move(handler));
}

}  // namespace netkit

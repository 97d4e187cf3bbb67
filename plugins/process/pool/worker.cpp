#include "pool/worker.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pool/failure.h"

namespace netkit::process {

namespace {

std::string restart_text(std::chrono::milliseconds pause) {
  return "; is started again in " + std::to_string(pause.count()) + " ms";
}

}  // namespace

Worker::Worker(const PoolContext& pool, Supervisions& supervisions, std::size_t number)
    : pool_(pool),
      supervisions_(supervisions),
      name_("program " + std::to_string(number)),
      inbox_(pool.settings.queue, pool.queue_length) {}

Worker::~Worker() = default;

void Worker::log(LogLevel level, std::string_view event, std::string_view what) const {
  const std::string text = name_ + std::string(what);
  pool_.handler.log.event(level, event, {{"program", name_}, {"text", text}});
}

/// The log lives as long as the handler, whose supervisions tell of ends.
Audit Worker::audit() const {
  return [&log = pool_.handler.log](const programs::AuditRecord& record) { programs::audit(log, "process", record); };
}

void Worker::start() {
  resting_ = false;
  auto run = std::make_shared<Run>(static_cast<RunOwner&>(*this), pool_.settings);
  try {
    run->start(supervisions_, name_);
  } catch (const std::runtime_error& error) {
    log(LogLevel::error, "program-not-started", std::string(" cannot be started: ") + error.what());
    return rest(back_off_.next());
  }
  pool_.started.add();
  current_ = std::move(run);
  take();
}

std::chrono::milliseconds Worker::pause_after(const Run& run) {
  if (run.was_of_use()) back_off_.reset();
  return back_off_.next();
}

void Worker::rest(std::chrono::nanoseconds pause) {
  resting_ = true;
  restart_ = supervisions_.services().after(loop(), pause, [this] { start(); });
  watch();
}

void Worker::put(Inbox::Item item, std::string_view body, const Conversation& conversation) {
  switch (inbox_.put(item, body, conversation)) {
    case Inbox::Put::first:
      supervisions_.services().run(loop(), [this] { take(); });
      break;
    case Inbox::Put::behind:
      break;
    case Inbox::Put::refused:
      if (item.reply)
        return fail_reply(item.reply, pool_.settings.on_failure, "too many messages wait for its program");
      conversation.fail(kProgramFailed, "too many messages wait for its program");
      break;
  }
}

bool Worker::accepts() const { return current_ && current_->accepts(); }

/// Hands over all that has happened: what comes while the program takes nothing waits in the inbox.
void Worker::take() {
  if (!accepts()) {
    if (inbox_.size() == 0) return;
    waits_since_ = Clock::now();
    if (!current_ && !resting_) start();
    return watch();
  }
  take(inbox_.take());
}

void Worker::take(Inbox::Batch batch) {
  const Clock::time_point now = Clock::now();
  std::string_view bodies = batch.bodies.view();
  for (Inbox::Item& item : batch.items) {
    take_one(item, bodies.substr(0, item.size), now);
    bodies.remove_prefix(item.size);
  }
  inbox_.recycle(std::move(batch));
  write_all();
  const std::uint64_t most = pool_.settings.max_messages;
  if (most > 0 && current_ && current_->asked() >= most) retire();
  watch();
}

void Worker::take_one(Inbox::Item& item, std::string_view body, Clock::time_point now) {
  const std::shared_ptr<Run> run = run_of(item);
  if (run == nullptr) return;
  try {
    run->ask(item, body, now);
  } catch (const std::length_error& error) {
    const Conversation conversation = item.reply ? item.reply.conversation() : item.conversation;
    conversation.fail("malformed", "the framing of its program, " + pool_.settings.framing.name() +
                                       ", cannot carry the message: " + error.what());
    if (item.reply) item.reply.close();
  }
}

/// A session stays with the run that it began with; null if that has ended and nothing is to be told.
std::shared_ptr<Run> Worker::run_of(const Inbox::Item& item) {
  if (!pool_.settings.rich) return current_;
  const std::uint64_t id = item.conversation.id();
  const auto found = sessions_.find(id);
  std::shared_ptr<Run> run = found == sessions_.end() ? nullptr : found->second.lock();
  if (item.kind == Inbox::Item::Kind::close) {
    if (found != sessions_.end()) sessions_.erase(found);
    return run;
  }
  if (run == nullptr) sessions_[id] = run = current_;
  return run;
}

void Worker::write_all() {
  for (const auto& run : std::vector(retiring_)) run->write();
  if (current_) current_->write();
}

/// The program takes nothing more and ends; another one begins.
void Worker::retire() {
  const std::shared_ptr<Run> run = std::exchange(current_, nullptr);
  retiring_.push_back(run);
  run->retire();
  start();
}

void Worker::on_room(Run& run) {
  run.write();
  if (&run == current_.get()) take();
}

void Worker::on_retired(Run& run) {
  if (&run != current_.get()) return;
  retiring_.push_back(std::exchange(current_, nullptr));
  const std::chrono::milliseconds pause = pause_after(run);
  log(LogLevel::warning, "program-closed-input", " has closed its input" + restart_text(pause));
  rest(pause);
}

void Worker::on_ended(Run& run, const ProgramEnd& end) {
  const bool was_current = &run == current_.get();
  std::erase_if(retiring_, [&](const auto& one) { return one.get() == &run; });
  const std::chrono::milliseconds pause = was_current ? pause_after(run) : std::chrono::milliseconds(0);
  const std::string text = " " + end.text + (was_current ? restart_text(pause) : "");
  if (!end.orderly) {
    pool_.failed.add();
    log(LogLevel::error, "program-failed", text);
  } else if (was_current) {
    log(LogLevel::warning, "program-ended", text);
  }
  lose(run.lost(), " has left its input");
  if (!was_current) return;
  current_ = nullptr;
  rest(pause);
}

/// Messages are refused, or counted if nobody waits for their answer. An opening is forgotten: the session's next
/// message opens it. A run learns of each close all the same, since a retiring one ends with its last session.
void Worker::refuse_waiting(Clock::time_point now) {
  constexpr std::string_view kWhy = "its program was not there in time";
  Inbox::Batch batch = inbox_.take();
  std::uint64_t lost = 0;
  for (Inbox::Item& item : batch.items) {
    if (item.kind == Inbox::Item::Kind::close) {
      take_one(item, {}, now);
    } else if (item.reply) {
      fail_reply(item.reply, pool_.settings.on_failure, kWhy);
    } else if (item.kind == Inbox::Item::Kind::message) {
      ++lost;
    }
  }
  write_all();
  lose(lost, " was not there in time");
}

/// Of messages that nobody waits for an answer to.
void Worker::lose(std::uint64_t messages, const std::string& why) {
  if (messages == 0) return;
  pool_.lost.add(messages);
  log(LogLevel::warning, "messages-lost", why + ": " + std::to_string(messages) + " messages are lost");
}

/// Looks after what takes too long, as long as there is anything to wait for.
void Worker::watch() {
  if (watching_) return;
  const Clock::time_point now = Clock::now();
  const Clock::time_point due = check(now);
  if (due == Clock::time_point::max()) return;
  watching_ = true;
  watch_ = supervisions_.services().after(loop(), std::max(due - now, Clock::duration(std::chrono::milliseconds(1))),
                                          [this] { look(); });
}

void Worker::look() {
  watching_ = false;
  const Clock::time_point now = Clock::now();
  const Settings& settings = pool_.settings;
  if (!accepts() && inbox_.size() > 0 && now - waits_since_ >= settings.timeout) {
    refuse_waiting(now);
  }
  const bool idle = settings.max_idle.count() > 0 && current_ && !current_->owes() &&
                    current_->exchange().sessions() == 0 && now - current_->last_asked() >= settings.max_idle;
  if (idle) {
    retiring_.push_back(current_);
    std::exchange(current_, nullptr)->retire();
  }
  watch();
}

/// Ends runs that hang. Returns when to look again.
Worker::Clock::time_point Worker::check(Clock::time_point now) {
  const Settings& settings = pool_.settings;
  Clock::time_point due = Clock::time_point::max();
  for (const auto& run : std::vector(retiring_)) due = std::min(due, run->check(now));
  if (current_) due = std::min(due, current_->check(now));
  const bool may_idle = settings.max_idle.count() > 0 && current_ && !current_->owes();
  if (may_idle && current_->exchange().sessions() == 0) due = std::min(due, current_->last_asked() + settings.max_idle);
  if (!accepts() && inbox_.size() > 0) due = std::min(due, waits_since_ + settings.timeout);
  return due;
}

}  // namespace netkit::process

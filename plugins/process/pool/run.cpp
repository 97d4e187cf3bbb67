#include "pool/run.h"

#include <algorithm>
#include <utility>

#include "pool/failure.h"
#include "pool/paired_exchange.h"
#include "pool/rich_exchange.h"

namespace netkit::process {
namespace {

constexpr std::size_t kKeptMemory = std::size_t{256} << 10;

std::unique_ptr<Exchange> make_exchange(const Settings& settings) {
  if (settings.rich) return std::make_unique<RichExchange>(settings);
  return std::make_unique<PairedExchange>(settings);
}

}  // namespace

Run::Run(RunOwner& owner, const Settings& settings)
    : owner_(owner),
      settings_(settings),
      exchange_(make_exchange(settings)),
      program_(std::make_shared<Program>(static_cast<ProgramOwner&>(*this))),
      patience_(settings.timeout),
      last_asked_(Clock::now()) {}

Run::~Run() { program_->abandon(); }

void Run::start(Supervisions& supervisions, const std::string& name) {
  program_->start(
      supervisions,
      {.command = settings_.program(), .framing = settings_.framing, .name = name, .audit = owner_.audit()});
}

void Run::ask(Inbox::Item& item, std::string_view body, Clock::time_point now) {
  const bool idle = !owes();
  const bool unanswered = item.kind == Inbox::Item::Kind::message && !item.reply;
  exchange_->ask(item, body, framed_);
  if (item.kind == Inbox::Item::Kind::message) ++asked_;
  if (unanswered) untaken_.push_back(program_->given() + framed_.size());
  last_asked_ = now;
  if (idle) patience_.restart(now);
}

void Run::write() {
  forget_taken();
  if (framed_.empty() || !program_->write(framed_.view())) return;
  framed_.clear();
  if (framed_.capacity() > kKeptMemory) framed_.release();
  end_if_done();
}

void Run::forget_taken() {
  const std::uint64_t taken = program_->taken();
  while (!untaken_.empty() && untaken_.front() <= taken) untaken_.pop_front();
}

void Run::retire() {
  retiring_ = true;
  end_if_done();
}

/// A program that is to end sees the end of its input behind all that it was asked, and may answer that first.
void Run::end_if_done() {
  if (retiring_ && framed_.empty() && exchange_->sessions() == 0) program_->end_input();
  if (retiring_ && !owes() && exchange_->sessions() == 0) program_->end();
}

Run::Clock::time_point Run::check(Clock::time_point now) {
  if (!owes()) return Clock::time_point::max();
  if (!patience_.is_over(program_->taken(), exchange_->waiting() > 0, now)) return patience_.next_look(now);
  const std::string waiting = std::to_string(exchange_->waiting());
  failure_ =
      exchange_->waiting() > 0 ? std::string(kSilent) + "; " + waiting + " messages wait" : std::string(kTakesNoInput);
  program_->time_out();
  patience_.restart(now);
  return now + settings_.timeout;
}

bool Run::was_of_use() const {
  if (settings_.answers) return exchange_->answered() > 0;
  return asked_ > untaken_.size() && Clock::now() - start_ > settings_.timeout;
}

void Run::on_output(const Message& message) {
  exchange_->on_output(message);
  patience_.note_answer();
  end_if_done();
}

void Run::on_bad_output(std::string_view why) {
  if (failure_.empty()) failure_ = "was ended: " + std::string(why);
}

void Run::on_error_line(LogLevel level, std::string_view line) {
  owner_.log(level, "program-says", ": " + std::string(line));
}

void Run::on_room() { owner_.on_room(*this); }

void Run::on_input_closed() {
  program_->end();
  owner_.on_retired(*this);
}

void Run::on_end(const ProgramEnd& end) {
  const std::shared_ptr<Run> self = shared_from_this();
  const bool killed = !failure_.empty();
  const bool expected = retiring_ && exchange_->waiting() == 0;
  const std::string text = killed ? failure_ : end.text;
  exchange_->fail("its program " + text);
  forget_taken();
  // What stands in the pipe of a program that never was has not been taken either.
  lost_ = end.began || settings_.answers ? untaken_.size() : asked_;
  owner_.on_ended(*this, {.orderly = (end.orderly || expected) && !killed, .text = text});
}

}  // namespace netkit::process

#include "each/errand.h"

#include <stdexcept>
#include <utility>

#include "each/audit.h"
#include "each/peer_variables.h"
#include "pool/failure.h"
#include "program/byte_framing.h"

namespace netkit::process {

Errand::~Errand() {
  if (program_) program_->abandon();
}

void Errand::begin() {
  const auto entry = house_.slots().enter(
      source_, conversation_, body_.size(), [self = shared_from_this()] { self->start(); }, ticket_);
  house_.services().run(conversation_.loop(), [self = shared_from_this(), entry] { self->go_on(entry); });
}

void Errand::go_on(Slots::Entry entry) {
  if (entry == Slots::Entry::refused) return refuse("too many messages wait for a program");
  if (entry == Slots::Entry::free) return start();
  if (had_turn_) return;  // meanwhile
  watch_peer();
  timer_ = house_.services().after(conversation_.loop(), house_.settings().timeout, [weak = weak_from_this()] {
    const std::shared_ptr<Errand> self = weak.lock();
    if (self && self->house_.slots().withdraw(self->ticket_)) self->refuse(kNoneFree);
  });
}

/// The program of an answer that nobody waits for any more ends.
void Errand::watch_peer() {
  if (!reply_ || peer_gone_) return;
  peer_gone_.emplace(reply_.stop_token(),
                     [weak = weak_from_this(), services = house_.services(), loop = conversation_.loop()] {
                       services.run(loop, [weak] {
                         if (const std::shared_ptr<Errand> self = weak.lock()) self->give_up();
                       });
                     });
}

void Errand::give_up() {
  unwanted_ = true;
  if (program_) return program_->kill();
  house_.slots().withdraw(ticket_);
}

void Errand::start() {
  const Settings& settings = house_.settings();
  had_turn_ = true;
  timer_.cancel();
  // Whoever has waited may be gone.
  if (settings.answers && !reply_.wanted()) return house_.slots().leave(source_);
  auto program = std::make_shared<Program>(static_cast<ProgramOwner&>(*this));
  try {
    program->start(house_.supervisions(conversation_.loop()),
                   {.command = settings.program(peer_variables(conversation_)),
                    .framing = byte_framing(),
                    .name = "the program of a message",
                    .audit = audit_to(conversation_)});
  } catch (const std::runtime_error& error) {
    refuse(std::string("its program cannot be started: ") + error.what());
    return house_.slots().leave(source_);
  }
  house_.count_start();
  house_.admit(conversation_.loop(), shared_from_this());
  program_ = std::move(program);
  program_->write(body_);
  program_->end_input();
  body_ = {};
  watch_peer();
  timer_ = house_.services().after(conversation_.loop(), settings.timeout, [weak = weak_from_this()] {
    const std::shared_ptr<Errand> self = weak.lock();
    if (!self || !self->program_) return;
    self->failure_ = "has not ended in time";
    self->program_->time_out();
  });
}

void Errand::on_output(const Message& message) {
  if (output_.size() + message.body.size() > house_.settings().max_output) {
    throw std::runtime_error("it has written more than max_output, " + std::to_string(house_.settings().max_output) +
                             " bytes");
  }
  output_ += message.body;
}

void Errand::on_bad_output(std::string_view why) {
  if (failure_.empty()) failure_ = "was ended: " + std::string(why);
}

void Errand::on_error_line(LogLevel level, std::string_view line) {
  const std::string text = "program: " + std::string(line);
  conversation_.event(level, "program-says", {{"line", line}, {"text", text}});
}

void Errand::on_end(const ProgramEnd& end) {
  const std::shared_ptr<Errand> self = shared_from_this();
  timer_.cancel();
  program_.reset();
  if (failure_.empty() && end.orderly) {
    if (reply_) reply_.finish(output_);
  } else if (!unwanted_) {
    house_.count_failure();
    fail("its program " + (failure_.empty() ? end.text : failure_));
  }
  house_.slots().leave(source_);
  house_.dismiss(conversation_.loop(), self);
}

void Errand::fail(std::string_view why) {
  if (reply_) return fail_reply(reply_, house_.settings().on_failure, why);
  conversation_.event(LogLevel::warning, "program-failed", {{"error", why}, {"text", why}});
}

/// It has had no program.
void Errand::refuse(std::string_view why) {
  if (reply_) return fail(why);
  house_.count_loss();
  const std::string text = "a message is lost: " + std::string(why);
  conversation_.event(LogLevel::warning, "messages-lost", {{"error", why}, {"text", text}});
}

}  // namespace netkit::process

#include "each/companion.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "each/audit.h"
#include "each/peer_variables.h"
#include "each/source.h"
#include "pool/failure.h"

namespace netkit::process {
namespace {

constexpr std::size_t kMostFramed = std::size_t{64} << 10;  // of messages that wait for the program to start

}  // namespace

Companion::Companion(House& house, Conversation conversation)
    : house_(house),
      conversation_(std::move(conversation)),
      source_(source_of(conversation_.peer())),
      encoder_(house.settings().framing),
      inbox_(house.settings().queue, house.queue_length()),
      patience_(house.settings().timeout) {}

Companion::~Companion() {
  if (program_) program_->abandon();
}

void Companion::put(Inbox::Item::Kind kind, std::string_view body, const Attributes* attributes) {
  Inbox::Item item{.kind = kind};
  if (attributes != nullptr) item.attributes = *attributes;
  switch (inbox_.put(item, body, conversation_)) {
    case Inbox::Put::first:
      house_.services().run(conversation_.loop(), [self = shared_from_this()] { self->take(); });
      break;
    case Inbox::Put::behind:
      break;
    case Inbox::Put::refused:
      conversation_.fail(kProgramFailed, "too many messages wait for its program");
      break;
  }
}

/// Messages wait in the inbox while the program takes nothing; the ends of the conversation do not.
void Companion::take() {
  Inbox::Batch batch = inbox_.take();
  std::string_view bodies = batch.bodies.view();
  for (const Inbox::Item& item : batch.items) {
    take_one(item, bodies.substr(0, item.size));
    bodies.remove_prefix(item.size);
  }
  write();
}

void Companion::take_one(const Inbox::Item& item, std::string_view body) {
  switch (item.kind) {
    case Inbox::Item::Kind::open:
      return enter();
    case Inbox::Item::Kind::peer_end:
      input_over_ = true;
      return;
    case Inbox::Item::Kind::close:
      return over();
    case Inbox::Item::Kind::message:
      break;
  }
  const Settings& settings = house_.settings();
  try {
    encoder_.add(body, item.attributes, framed_);
    if (!owes()) patience_.restart(Clock::now());
    // Where the program sees one stream of bytes, or writes one, whatever it writes answers all.
    if (settings.answers) owed_ = settings.marked ? owed_ + 1 : 1;
  } catch (const std::length_error& error) {
    conversation_.fail("malformed", "the framing of its program, " + settings.framing.name() +
                                        ", cannot carry the message: " + error.what());
  }
}

/// What the program has yet to say goes nowhere; all of it must be read for the program to end.
void Companion::over() {
  over_ = true;
  watch_.cancel();
  house_.slots().withdraw(ticket_);
  if (!program_) return;
  program_->resume_output();
  program_->end();
}

void Companion::enter() {
  const auto entry = house_.slots().enter(
      source_, conversation_.loop(),
      [weak = weak_from_this(), &house = house_, source = source_] {
        const std::shared_ptr<Companion> self = weak.lock();
        if (self && !self->over_) return self->start();
        house.slots().leave(source);
      },
      ticket_);
  if (entry == Slots::Entry::free) return start();
  if (entry == Slots::Entry::waits) {
    watch_ = house_.services().after(conversation_.loop(), house_.settings().timeout, [weak = weak_from_this()] {
      const std::shared_ptr<Companion> self = weak.lock();
      if (self && self->house_.slots().withdraw(self->ticket_)) self->fail(kNoneFree);
    });
    return;
  }
  if (house_.settings().on_failure == OnFailure::busy) conversation_.send(kBusy);
  conversation_.fail(kProgramFailed, "too many conversations wait for a program");
}

void Companion::start() {
  has_slot_ = true;
  watch_.cancel();
  auto program = std::make_shared<Program>(static_cast<ProgramOwner&>(*this));
  const Settings& settings = house_.settings();
  try {
    program->start(house_.supervisions(conversation_.loop()),
                   {.command = settings.program(peer_variables(conversation_)),
                    .framing = settings.framing,
                    .name = "the program of a conversation",
                    .audit = audit_to(conversation_)});
  } catch (const std::runtime_error& error) {
    fail(std::string("its program cannot be started: ") + error.what());
    return leave();
  }
  house_.count_start();
  house_.admit(conversation_.loop(), shared_from_this());
  program_ = std::move(program);
  patience_.restart(Clock::now());
  write();
}

void Companion::write() {
  if (!program_) {
    if (framed_.size() >= kMostFramed) conversation_.pause();
    return;
  }
  if (!framed_.empty()) {
    if (!program_->write(framed_.view())) {
      conversation_.pause();
      return watch();
    }
    framed_.release();
    conversation_.resume();
  }
  if (input_over_) program_->end_input();
  watch();
}

/// Looks after the program as long as it owes an answer or has input to take.
void Companion::watch() {
  if (watching_ || over_ || !owes()) return;
  watching_ = true;
  const Clock::time_point now = Clock::now();
  const Clock::duration pause = std::max<Clock::duration>(patience_.next_look(now) - now, std::chrono::milliseconds(1));
  watch_ = house_.services().after(conversation_.loop(), pause, [weak = weak_from_this()] {
    if (const std::shared_ptr<Companion> self = weak.lock()) self->look();
  });
}

/// A program cannot move while its peer takes too little.
void Companion::look() {
  watching_ = false;
  if (over_ || !owes()) return;
  const Clock::time_point now = Clock::now();
  if (output_waits_) patience_.restart(now);
  if (!patience_.is_over(program_->taken(), owed_ > 0, now)) return watch();
  failure_ = owed_ > 0 ? kSilent : kTakesNoInput;
  program_->time_out();
}

void Companion::on_output(const Message& message) {
  if (over_) return;
  if (owed_ > 0) --owed_;
  patience_.note_answer();
  const Attributes& attributes = message.attributes == nullptr ? kNoAttributes : *message.attributes;
  if (send(std::make_shared<const std::string>(message.body), attributes)) return;
  output_waits_ = true;
  program_->pause_output();
}

/// False if the peer takes too little: the message is sent once it has made room, and then the program goes on. No
/// other one may come before.
bool Companion::send(const SharedBody& body, const Attributes& attributes) {
  if (conversation_.send(body, attributes) || !conversation_.open()) return true;
  conversation_.when_writable([self = shared_from_this(), body, attributes] {
    if (!self->send(body, attributes)) return;
    self->output_waits_ = false;
    if (self->program_) self->program_->resume_output();
  });
  return false;
}

void Companion::on_bad_output(std::string_view why) {
  if (failure_.empty()) failure_ = "was ended: " + std::string(why);
}

void Companion::on_error_line(LogLevel level, std::string_view line) {
  const std::string text = "program: " + std::string(line);
  conversation_.event(level, "program-says", {{"line", line}, {"text", text}});
}

void Companion::on_room() { write(); }

/// It may still have much to say.
void Companion::on_input_closed() { owed_ = 0; }

void Companion::on_end(const ProgramEnd& end) {
  const std::shared_ptr<Companion> self = shared_from_this();
  const bool failed = !failure_.empty() || !end.orderly;
  if (failed && !over_) {
    house_.count_failure();
    fail("its program " + (failure_.empty() ? end.text : failure_));
  } else {
    conversation_.close();
  }
  leave();
}

/// Nothing of this conversation can go on without its program: whatever it is told, it ends.
void Companion::fail(std::string_view why) {
  const bool busy = house_.settings().on_failure == OnFailure::busy;
  while (busy && owed_ > 0 && conversation_.send(kBusy)) --owed_;
  conversation_.fail(kProgramFailed, why);
}

void Companion::leave() {
  watch_.cancel();
  program_.reset();
  if (!std::exchange(has_slot_, false)) return;
  house_.slots().leave(source_);
  house_.dismiss(conversation_.loop(), shared_from_this());
}

}  // namespace netkit::process

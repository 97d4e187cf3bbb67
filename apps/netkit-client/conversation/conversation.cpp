#include "netkit-client/conversation/conversation.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <utility>

#include "config/values/option_value.h"

namespace netkit::client {
namespace {

/// How long to listen to a server that keeps its side open after the last message.
constexpr std::chrono::nanoseconds kLinger = std::chrono::seconds(1);

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

Outcome fine() { return {}; }

}  // namespace

Conversation::Conversation(const MessageChannelParts& parts, std::string peer, std::chrono::nanoseconds silence)
    : channel_(parts),
      framing_(parts.framing),
      peer_(std::move(peer)),
      silence_(silence.count() == 0 ? Silence() : Silence(silence)) {}

Outcome Conversation::ask(std::string_view message) {
  if (Outcome failure = take_arrived()) return failure;
  if (Outcome failure = channel_.enqueue(message)) return failure;
  const std::uint64_t wanted = channel_.answers() + 1;
  if (Outcome failure = await([&] { return channel_.answers() >= wanted && !channel_.sending(); })) return failure;
  return take_arrived();
}

Outcome Conversation::take_unasked() {
  constexpr int kRounds = 16;  // a server that sends on and on must not keep the user from typing
  int rounds = 0;
  const auto enough = [&] { return channel_.closed() || (++rounds > kRounds && !channel_.holds_received()); };
  return pump(enough, std::chrono::nanoseconds(0), fine);
}

Outcome Conversation::finish() {
  const bool finished = std::exchange(finished_, true);
  if (!finished && !framing_.one_answer_each && !channel_.datagrams()) {
    channel_.finish_sending();
    if (Outcome failure = pump([this] { return channel_.closed(); }, kLinger, fine)) return failure;
  }
  if (channel_.unfinished().empty()) return {};
  return channel_.closed() ? closed()
                           : Failure{peer_ + " stopped in the middle of an answer: " + channel_.unfinished()};
}

Outcome Conversation::queue(std::string_view message) {
  constexpr std::size_t kEnough = 64 << 10;
  if (Outcome failure = channel_.enqueue(message)) return failure;
  return channel_.unsent() < kEnough ? Outcome() : send_queued();
}

Outcome Conversation::send_queued() {
  if (Outcome failure = await([this] { return !channel_.sending(); })) return failure;
  return take_arrived();
}

Outcome Conversation::collect() {
  if (channel_.messages() == 0) return {};
  if (Outcome failure = await([this] { return !channel_.sending(); })) return failure;
  channel_.finish_sending();
  const auto all_answered = [this] { return channel_.answers() >= channel_.messages(); };
  const auto on_silence = [&]() -> Outcome {
    if (framing_.has_borders && all_answered()) return {};
    return incomplete();
  };
  if (framing_.one_answer_each || channel_.datagrams()) return pump(all_answered, silence_, on_silence);
  if (Outcome failure = pump([this] { return channel_.closed(); }, silence_, on_silence)) return failure;
  const bool answered = framing_.has_borders ? all_answered() : channel_.answers() > 0;
  if (answered && channel_.unfinished().empty()) return {};
  return closed();
}

Outcome Conversation::await(const Condition& enough) {
  return pump(enough, silence_, [this] { return silent(); });
}

Outcome Conversation::take_arrived() {
  if (Outcome failure = pump([this] { return channel_.closed(); }, std::chrono::nanoseconds(0), fine)) return failure;
  return await([this] { return !channel_.inside_answer(); });
}

Outcome Conversation::pump(const Condition& enough, Silence silence, const std::function<Outcome()>& on_silence) {
  const InterruptScope interrupts;
  while (!enough()) {
    if (channel_.closed()) return closed();
    if (const Outcome failure = channel_.send_some()) return given_up({peer_ + ": " + failure->text});
    if (enough()) break;
    const Ready ready = wait(interrupts, silence);
    if (ready == Ready::interrupted) {
      return given_up({"", 128 + interrupts.take()});
    }
    if (ready == Ready::silent) {
      const Outcome failure = on_silence();
      return failure ? given_up(*failure) : Outcome();
    }
    if (const Outcome failure = channel_.receive_some()) return given_up({peer_ + ": " + failure->text});
  }
  return {};
}

Failure Conversation::given_up(Failure failure) {
  // The loss or rejection of one datagram does not affect the next one.
  if (channel_.datagrams() && failure.status == kExitFailure) return failure;
  channel_.reset();
  usable_ = false;
  return failure;
}

Conversation::Ready Conversation::wait(const InterruptScope& interrupts, Silence silence) const {
  if (channel_.holds_received()) silence = std::chrono::nanoseconds(0);
  std::array<pollfd, 2> events{pollfd{.fd = channel_.descriptor(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = interrupts.descriptor(), .events = POLLIN, .revents = 0}};
  if (channel_.sending()) events[0].events |= POLLOUT;
  timespec limit{};
  if (silence) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*silence);
    limit = {.tv_sec = seconds.count(), .tv_nsec = (*silence - seconds).count()};
  }
  const int ready = ::ppoll(events.data(), events.size(), silence ? &limit : nullptr, nullptr);
  if (ready < 0 && errno != EINTR) throw system_failure("cannot wait for the server");
  if (events[1].revents != 0) return Ready::interrupted;
  return ready == 0 && !channel_.holds_received() ? Ready::silent : Ready::now;
}

Failure Conversation::silent() const {
  const OptionSpec duration{.name = "timeout", .type = OptionType::duration};
  const std::string within = " from " + peer_ + " within " + format_option(duration, *silence_);
  const std::string hint = channel_.datagrams() ? "" : " (--timeout 0 waits for ever)";
  if (!channel_.unfinished().empty()) {
    return {"nothing more" + within + " in the middle of an answer: " + channel_.unfinished() + hint};
  }
  return {"no answer" + within + hint};
}

Failure Conversation::incomplete() const {
  if (channel_.answers() == 0 || !channel_.unfinished().empty()) return silent();
  Failure failure = silent();
  failure.text = counted(channel_.answers(), "answer") + " to " + counted(channel_.messages(), "message") + ", then " +
                 failure.text;
  return failure;
}

std::string Conversation::end_text() const {
  const std::string text = "connection closed by " + peer_;
  return channel_.unfinished().empty() ? text : text + " in the middle of an answer: " + channel_.unfinished();
}

Failure Conversation::closed() const {
  const std::string text = "connection closed by " + peer_;
  if (!channel_.unfinished().empty()) return {end_text()};
  if (channel_.answers() == 0) {
    return {text + " without an answer" + (framing_.has_borders ? "" : " (framing raw: is that the server's?)")};
  }
  return {text + " after " + counted(channel_.answers(), "answer") + ", with messages left unanswered"};
}

}  // namespace netkit::client

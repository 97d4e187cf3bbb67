// A handler that keeps what it may keep, in any number. Lines: "keep TEXT" is answered with TEXT once "answer" has come
// on any conversation, the last one kept first; "kept" is answered with how many are; "hold N" starts so many timers
// that are due in an hour; "run N MS" starts so many spread over a time, and is answered when all have run with how
// many microseconds the latest was late.
#include <netkit/plugin.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

/// The next number of the text, which is taken off it.
int take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Timers that run on one loop, and what is answered behind the last of them.
struct Round {
  explicit Round(netkit::Reply answer, int timers) : reply(std::move(answer)), left(timers) {}

  void ran(Clock::time_point due) {
    latest = std::max(latest, Clock::now() - due);
    if (--left > 0) return;
    reply.finish(std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(latest).count()));
  }

  netkit::Reply reply;
  int left;
  Clock::duration latest{0};
};

void run_timers(netkit::Responder& responder, int count, std::chrono::milliseconds time) {
  const netkit::Conversation conversation = responder.conversation();
  const auto round = std::make_shared<Round>(responder.defer(), count);
  for (int i = 0; i < count; ++i) {
    const Clock::duration delay = Clock::duration(time) * i / count;
    conversation.after(delay, [round, due = Clock::now() + delay] { round->ran(due); }).detach();
  }
}

class Hoarder final : public netkit::Handler {
 public:
  netkit::CallBounds call_bounds() const override { return {.open = 1000}; }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    std::string_view text = message.body;
    if (text.starts_with("keep ")) {
      const std::lock_guard lock(mutex_);
      kept_.emplace_back(responder.defer(), text.substr(5));
    } else if (text == "kept") {
      const std::lock_guard lock(mutex_);
      responder.send(std::to_string(kept_.size()));
    } else if (text == "answer") {
      answer();
    } else if (text.starts_with("hold ")) {
      for (int left = take_number(text); left > 0; --left) {
        responder.conversation().after(std::chrono::hours(1), [] {}).detach();
      }
      responder.send("held");
    } else if (text.starts_with("run ")) {
      const int count = take_number(text);
      run_timers(responder, count, std::chrono::milliseconds(take_number(text)));
    }
  }

 private:
  using Kept = std::pair<netkit::Reply, std::string>;

  void answer() {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([kept = std::exchange(kept_, {})]() mutable {
      for (; !kept.empty(); kept.pop_back()) kept.back().first.finish(kept.back().second);
    });
  }

  std::mutex mutex_;
  std::vector<Kept> kept_;             // guarded by mutex_, as is all below
  std::vector<std::jthread> threads_;  // joined before what they answer goes
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "hoarding",
      .help = "keeps replies and timers in any number",
      .make = [](const netkit::Options&, const netkit::HandlerContext&) { return std::make_unique<Hoarder>(); }});
}

}  // namespace

NETKIT_PLUGIN("hoarding", "1.0", enroll)

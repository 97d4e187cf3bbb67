#include <chrono>
#include <ctime>
#include <memory>
#include <string>

#include "netkit/plugin.h"

namespace {

/// The time as RFC 3339 writes it, e.g. 2026-01-31T23:59:59Z.
std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[] = "0000-00-00T00:00:00Z";
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

/// Tells one conversation the time.
class Ticker final : public netkit::Handler {
 public:
  explicit Ticker(std::chrono::nanoseconds every) : every_(every) {}

  bool sees_events() const override { return true; }
  void on_open(const netkit::Conversation& conversation) override { tick(conversation); }
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}

 private:
  /// A peer that reads too slowly misses some: send() is false then. The timer ends with this object, so `this` lasts.
  void tick(const netkit::Conversation& conversation) {
    conversation.send(utc_now());
    next_ = conversation.after(every_, [this, conversation] { tick(conversation); });
  }

  const std::chrono::nanoseconds every_;
  netkit::Timer next_;
};

class Clock final : public netkit::Handler {
 public:
  explicit Clock(std::chrono::nanoseconds every) : every_(every) {}

  std::unique_ptr<netkit::Handler> for_conversation() override { return std::make_unique<Ticker>(every_); }
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}

 private:
  const std::chrono::nanoseconds every_;
};

constexpr std::chrono::nanoseconds kShortest = std::chrono::milliseconds(10);

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{.name = "clock",
                                   .help = "sends the time, in UTC, over and over",
                                   .options = {{.name = "every",
                                                .type = netkit::OptionType::duration,
                                                .fallback = "1s",
                                                .help = "the time between two messages",
                                                .least = kShortest.count()}},
                                   .needs_conversation = true,
                                   .make = [](const netkit::Options& options, const netkit::HandlerContext&) {
                                     return std::make_unique<Clock>(options.duration("every"));
                                   }});
}

}  // namespace

NETKIT_PLUGIN("clock", "1.0", enroll)

#include <cstdint>
#include <memory>
#include <utility>

#include "netkit/plugin.h"

namespace {

/// Around the handler of one conversation. The messages of a period are counted; when they are used up, the peer is not
/// read until the period is over, and what it has sent waits: pause() within a call holds for the very next message. A
/// handler that pauses its conversations itself cannot be throttled: either one's resume() ends both pauses.
class Throttled final : public netkit::Filter {
 public:
  Throttled(std::shared_ptr<netkit::Handler> inner, netkit::Rate rate)
      : Filter(std::move(inner)), rate_(rate), left_(rate.count) {}

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    const netkit::Conversation conversation = responder.conversation();
    if (!counting_) begin_period(conversation);
    if (--left_ == 0) conversation.pause();
    Filter::on_message(message, responder);
  }

 protected:
  bool keeps_state() const override { return true; }
  std::unique_ptr<netkit::Handler> around(std::shared_ptr<netkit::Handler> inner) const override {
    return std::make_unique<Throttled>(std::move(inner), rate_);
  }

 private:
  void begin_period(const netkit::Conversation& conversation) {
    counting_ = true;
    period_ = conversation.after(rate_.period, [this, conversation] { end_period(conversation); });
  }
  void end_period(const netkit::Conversation& conversation) {
    counting_ = false;
    left_ = rate_.count;
    conversation.resume();
  }

  const netkit::Rate rate_;
  std::int64_t left_;  // of this period
  bool counting_ = false;
  netkit::Timer period_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::FilterType{.name = "throttle",
                                  .help = "lets each conversation send so many messages in a time; more wait",
                                  .options = {{.name = "rate",
                                               .type = netkit::OptionType::rate,
                                               .help = "how many, such as 10/s",
                                               .required = true,
                                               .least = 1}},
                                  .make = [](const netkit::Options& options, const netkit::HandlerContext&,
                                             std::shared_ptr<netkit::Handler> inner) {
                                    return std::make_unique<Throttled>(std::move(inner), options.rate("rate"));
                                  }});
}

}  // namespace

NETKIT_PLUGIN("throttle", "1.0", enroll)

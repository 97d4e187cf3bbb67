#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "netkit/plugin.h"

namespace {

/// Tells each conversation how many messages it has sent, and the log how each conversation has ended.
///
///     push N    sends N messages of 100 bytes that nobody asked for
///     later     is answered after a while
///     close     ends the conversation
class Tally final : public netkit::Handler {
 public:
  explicit Tally(netkit::Log& log) : log_(log) {}

  std::unique_ptr<netkit::Handler> for_conversation() override { return std::make_unique<Tally>(log_); }

  bool sees_events() const override { return true; }
  void on_close(const netkit::Conversation& conversation, const netkit::Ending& ending) override {
    log_.write(netkit::LogLevel::info, "port " + std::to_string(conversation.peer().port) + " had " +
                                           std::to_string(count_) + ", " + std::string(ending.reason));
  }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    ++count_;
    if (message.body == "close") return responder.close();
    if (message.body == "later") return answer_later(responder);
    if (message.body.starts_with("push ")) {
      const int most = std::stoi(std::string(message.body.substr(5)));
      for (int i = 0; i < most; ++i) responder.conversation().send(std::string(100, 'p'));
    }
    responder.send(std::to_string(count_));
  }

 private:
  void answer_later(netkit::Responder& responder) {
    reply_ = responder.defer();
    timer_ = responder.conversation().after(std::chrono::seconds(1), [this] {
      reply_->finish("late " + std::to_string(count_));
      reply_.reset();
    });
  }

  netkit::Log& log_;
  int count_ = 0;
  std::optional<netkit::Reply> reply_;
  netkit::Timer timer_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{.name = TALLY_NAME,
                                   .help = "counts the messages of each conversation",
                                   .needs_conversation = TALLY_SAYS_ITS_NEED,
                                   .make = [](const netkit::Options&, const netkit::HandlerContext& context) {
                                     return std::make_unique<Tally>(context.log);
                                   }});
}

}  // namespace

NETKIT_PLUGIN(TALLY_NAME, "1.0", enroll)

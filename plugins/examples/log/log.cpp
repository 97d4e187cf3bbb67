#include <cstdint>
#include <memory>
#include <utility>

#include "netkit/plugin.h"

namespace {

/// Around the handler of one conversation.
class Logged final : public netkit::Filter {
 public:
  using Filter::Filter;

  /// A handler that sends without being asked has this from on_open() on; all others from the first message.
  void on_open(const netkit::Conversation& conversation) override {
    conversation_ = conversation;
    Filter::on_open(conversation);
  }
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    if (conversation_.id() == 0) conversation_ = responder.conversation();
    conversation_.event(netkit::LogLevel::info, "message", {size_of(message.body)});
    Filter::on_message(message, responder);
  }

  bool sees_answers() const override { return true; }
  void on_answer(netkit::Answer& answer) override {
    Filter::on_answer(answer);  // first: filters inside may change it
    if (answer.streamed) {
      conversation_.event(netkit::LogLevel::info, "answer", {{"streamed", true}});
    } else {
      conversation_.event(netkit::LogLevel::info, "answer", {size_of(answer.body)});
    }
  }

 protected:
  bool keeps_state() const override { return true; }
  std::unique_ptr<netkit::Handler> around(std::shared_ptr<netkit::Handler> inner) const override {
    return std::make_unique<Logged>(std::move(inner));
  }

 private:
  static netkit::LogField size_of(std::string_view body) {
    return {.name = "size", .value = static_cast<std::int64_t>(body.size())};
  }

  netkit::Conversation conversation_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::FilterType{
      .name = "log",
      .help = "writes a line for each message and each answer to the server's log",
      .make = [](const netkit::Options&, const netkit::HandlerContext&, std::shared_ptr<netkit::Handler> inner) {
        return std::make_unique<Logged>(std::move(inner));
      }});
}

}  // namespace

NETKIT_PLUGIN("log", "1.0", enroll)

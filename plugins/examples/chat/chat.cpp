#include <memory>
#include <utility>

#include "netkit/plugin.h"

namespace {

/// One object serves all conversations: what they share is the group, which works on any thread.
class Chat final : public netkit::Handler {
 public:
  explicit Chat(netkit::Group members) : members_(std::move(members)) {}

  bool sees_events() const override { return true; }
  /// A conversation that ends leaves the group by itself.
  void on_open(const netkit::Conversation& conversation) override { members_.add(conversation); }
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    members_.send(message.body, responder.conversation());
  }

 private:
  const netkit::Group members_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{.name = "chat",
                                   .help = "passes a message on to all other conversations of the listener",
                                   .options = {{.name = "slow",
                                                .type = netkit::OptionType::choice,
                                                .fallback = "skip",
                                                .help = "a member that does not keep up misses messages, or is closed",
                                                .choices = {"skip", "close"}}},
                                   .needs_conversation = true,
                                   .make = [](const netkit::Options& options, const netkit::HandlerContext& context) {
                                     const bool skip = options.text("slow") == "skip";
                                     return std::make_unique<Chat>(context.services.make_group(
                                         skip ? netkit::SlowMember::skip : netkit::SlowMember::close));
                                   }});
}

}  // namespace

NETKIT_PLUGIN("chat", "1.0", enroll)

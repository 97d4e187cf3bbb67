// Built twice, with another VERSION: what a replaced plugin file is.
#include <memory>
#include <string>

#include <netkit/plugin.h>

namespace {

/// Of each generation its own, if generations do not share their data.
int handlers_made = 0;

class Version final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    responder.send(std::string(VERSION) + ":" + std::string(message.body));
  }
  bool may_block(const netkit::Message& message) const override { return message.body.starts_with("worker"); }
  /// Each session has something that the plugin's code must destroy.
  std::unique_ptr<netkit::Handler> for_conversation() override { return std::make_unique<Version>(); }
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "version",
      .help = "answers with the version of its code before the message",
      .make = [](const netkit::Options&, const netkit::HandlerContext& context) -> std::unique_ptr<netkit::Handler> {
        context.log.write(netkit::LogLevel::info, "version " VERSION " handler " + std::to_string(++handlers_made));
        return std::make_unique<Version>();
      }});
}

}  // namespace

NETKIT_PLUGIN("version", VERSION, enroll)

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <string_view>

#include "netkit/plugin.h"

namespace {

constexpr std::string_view kHello = "EHLO ";

/// The greeting and the first commands of SMTP (RFC 5321), with its upgrade to TLS (RFC 3207). The framing ends lines.
class Greeter final : public netkit::Handler {
 public:
  explicit Greeter(bool can_start_tls) : can_start_tls_(can_start_tls) {}

  bool sees_events() const override { return true; }
  void on_open(const netkit::Conversation& conversation) override { conversation.send("220 ready"); }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    std::string command(message.body);
    std::transform(command.begin(), command.end(), command.begin(), [](unsigned char c) { return std::toupper(c); });
    if (command.starts_with(kHello)) {
      greet(message.body.substr(kHello.size()), responder);
    } else if (command == "STARTTLS") {
      start_tls(responder);
    } else if (command == "NOOP") {
      responder.send(name_.empty() ? "250 nothing done" : "250 nothing done for " + name_);
    } else if (command == "QUIT") {
      responder.send("221 bye");
      responder.close();
    } else {
      responder.send("502 not known");
    }
  }

 private:
  bool offers_tls(const netkit::Peer& peer) const { return can_start_tls_ && !peer.encrypted; }

  /// A client certificate names the peer better than its own word does.
  void greet(std::string_view said, netkit::Responder& responder) {
    const netkit::Peer peer = responder.peer();
    name_ = peer.certificate.empty() ? std::string(said) : peer.certificate;
    const bool offers = offers_tls(peer);
    responder.send((offers ? "250-hello " : "250 hello ") + name_);
    if (offers) responder.send("250 STARTTLS");
  }

  void start_tls(netkit::Responder& responder) {
    if (!offers_tls(responder.peer())) return responder.send("454 no TLS here");
    responder.send("220 go ahead");
    responder.start_tls();
    name_.clear();  // what was said in clear may not be the peer's
  }

  const bool can_start_tls_;
  std::string name_;
};

class StartTls final : public netkit::Handler {
 public:
  explicit StartTls(bool can_start_tls) : can_start_tls_(can_start_tls) {}

  std::unique_ptr<netkit::Handler> for_conversation() override { return std::make_unique<Greeter>(can_start_tls_); }
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}

 private:
  const bool can_start_tls_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{.name = "starttls",
                                   .help = "greets as a mail server does, and goes over to TLS when asked",
                                   .needs_stream = true,
                                   .starts_tls = true,
                                   .make = [](const netkit::Options&, const netkit::HandlerContext& context) {
                                     return std::make_unique<StartTls>(context.can_start_tls);
                                   }});
}

}  // namespace

NETKIT_PLUGIN("starttls", "1.0", enroll)

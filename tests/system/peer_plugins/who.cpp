#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/plugin.h"

namespace {

using netkit::Conversation;

constexpr std::string_view kBehind = "tls behind ";

std::string text_of(const netkit::Peer& peer) {
  std::string text = "encrypted=" + std::to_string(peer.encrypted) + " certificate=" + peer.certificate +
                     " server_name=" + peer.server_name + " proxy=" + peer.proxy;
  if (peer.credentials) {
    text += " user=" + std::to_string(peer.credentials->user) + " group=" + std::to_string(peer.credentials->group) +
            " process=" + std::to_string(peer.credentials->process);
  }
  return text;
}

/// Each message says what to do: how TLS is to begin, or which of the ways to the peer's facts to try.
class Who final : public netkit::Handler {
 public:
  explicit Who(bool can_start_tls) : can_start_tls_(can_start_tls) {}

  bool may_block(const netkit::Message& message) const override {
    return message.body == "tls on a worker" || message.body == "who, on a worker";
  }
  netkit::CallBounds call_bounds() const override { return {.open = 2}; }
  bool sees_events() const override { return true; }
  void on_open(const Conversation& conversation) override {
    conversation.event(netkit::LogLevel::info, "opened", {{"peer_facts", text_of(conversation.peer())}});
  }
  void on_close(const Conversation& conversation, const netkit::Ending& /*ending*/) override {
    conversation.event(netkit::LogLevel::info, "closed", {{"peer_facts", text_of(conversation.peer())}});
  }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    const std::string_view said = message.body;
    if (said == "who by handle") {
      responder.send(text_of(responder.conversation().peer()));
    } else if (said.starts_with("who")) {
      responder.send(text_of(responder.peer()));
    } else if (said == "can you") {
      responder.send(can_start_tls_ ? "yes" : "no");
    } else if (said == "tls" || said == "tls on a worker") {
      responder.send("go ahead");
      responder.start_tls();
    } else if (said.starts_with(kBehind)) {
      responder.send(std::string(std::stoul(std::string(said.substr(kBehind.size()))), 'x'));
      responder.start_tls();
    } else if (said == "tls and news") {
      responder.conversation().send("news");
      responder.send("go ahead");
      responder.start_tls();
    } else if (said == "tls and close") {
      responder.send("go ahead");
      responder.start_tls();
      responder.conversation().send("bye");
      responder.conversation().close();
    } else if (said == "tls later") {
      answer_later(responder, true);
    } else if (said == "later") {
      answer_later(responder, false);
    } else if (said == "tls in vain") {
      try {
        responder.start_tls();
      } catch (const std::logic_error& error) {
        responder.send(error.what());
      }
    }
  }

 private:
  static void answer_later(netkit::Responder& responder, bool tls) {
    const Conversation conversation = responder.conversation();
    auto answer = [tls, reply = responder.defer()]() mutable {
      if (tls) reply.start_tls();
      reply.finish("go ahead");
    };
    conversation.after(std::chrono::milliseconds(50), std::move(answer)).detach();
  }

  const bool can_start_tls_;
};

void enroll(netkit::Registry& registry) {
  const auto add = [&](const char* name, bool starts_tls) {
    registry.add(netkit::HandlerType{.name = name,
                                     .help = "tells what it knows of its peer",
                                     .needs_conversation = true,
                                     .starts_tls = starts_tls,
                                     .make = [](const netkit::Options&, const netkit::HandlerContext& context) {
                                       return std::make_unique<Who>(context.can_start_tls);
                                     }});
  };
  add("who", true);
  add("who-in-clear", false);
}

}  // namespace

NETKIT_PLUGIN("who", "1.0", enroll)

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/plugin.h"

namespace {

/// One client and its connection to the target. All calls come on the client's loop, one at a time.
class Link final : public netkit::UpstreamHandler {
 public:
  explicit Link(netkit::Conversation client) : client_(std::move(client)) {}

  void use(netkit::Upstream target) { target_ = std::move(target); }

  void on_client_message(const netkit::Message& message) {
    kept_.push_back(Kept(message));
    pass_on();
  }
  void on_client_end() {
    client_done_ = true;
    pass_on();
  }
  void on_client_close(std::string_view reason) {
    // A close() would let a client that was cut pass for one that has said all; without it the target sees a reset.
    if (reason != "peer-reset" && reason != "peer-cut") target_.close();
  }

  void on_message(const netkit::Upstream& target, const netkit::Message& message) override {
    const Kept kept(message);
    if (client_.send(kept.body, kept.attributes)) return;
    target.pause();  // at once: no other message comes before this one is sent
    client_.when_writable([client = client_, target, kept] {
      client.send(kept.body, kept.attributes);
      target.resume();
    });
  }
  void on_writable(const netkit::Upstream& /*target*/) override { pass_on(); }
  void on_end(const netkit::Upstream& target) override {
    target.close();
    client_.close();
  }
  void on_close(const netkit::Upstream& /*target*/, std::string_view /*reason*/, std::string_view /*detail*/) override {
    client_.close();
  }

 private:
  struct Kept {
    explicit Kept(const netkit::Message& message)
        : body(std::make_shared<const std::string>(message.body)),
          attributes(message.attributes ? *message.attributes : netkit::kNoAttributes) {}
    netkit::SharedBody body;
    netkit::Attributes attributes;
  };

  /// Sends what the target takes. A pause takes effect a few messages later: they wait too.
  void pass_on() {
    while (!kept_.empty() && target_.send(kept_.front().body, kept_.front().attributes)) kept_.pop_front();
    const bool full = !kept_.empty();
    if (full != paused_) full ? client_.pause() : client_.resume();
    paused_ = full;
    if (client_done_ && !full) target_.end();
  }

  const netkit::Conversation client_;
  netkit::Upstream target_;
  std::deque<Kept> kept_;
  bool paused_ = false;
  bool client_done_ = false;
};

/// Serves one client.
class ProxyConversation final : public netkit::Handler {
 public:
  explicit ProxyConversation(const netkit::Target& target) : target_(target) {}

  bool sees_events() const override { return true; }
  void on_open(const netkit::Conversation& client) override {
    link_ = std::make_shared<Link>(client);
    link_->use(client.connect(target_, link_));
  }
  void on_message(const netkit::Message& message, netkit::Responder& /*responder*/) override {
    link_->on_client_message(message);
  }
  bool on_peer_end(const netkit::Conversation& /*client*/) override {
    link_->on_client_end();
    return true;  // the target may still answer
  }
  void on_close(const netkit::Conversation& /*client*/, const netkit::Ending& ending) override {
    link_->on_client_close(ending.reason);
  }

 private:
  const netkit::Target target_;
  std::shared_ptr<Link> link_;
};

/// Passes messages on to a target and its messages back, from one framing to another.
class Proxy final : public netkit::Handler {
 public:
  explicit Proxy(netkit::Target target) : target_(std::move(target)) {}

  std::unique_ptr<netkit::Handler> for_conversation() override { return std::make_unique<ProxyConversation>(target_); }
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}

 private:
  const netkit::Target target_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "proxy",
      .help = "passes messages on to a target, and its messages back",
      .options = {{.name = "to", .type = netkit::OptionType::target, .help = "where to", .required = true}},
      .needs_stream = true,
      .needs_conversation = true,
      .make = [](const netkit::Options& options, const netkit::HandlerContext&) {
        return std::make_unique<Proxy>(options.target("to"));
      }});
}

}  // namespace

NETKIT_PLUGIN("proxy", "1.0", enroll)

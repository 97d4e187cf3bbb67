#include "each/connection_handler.h"

#include "each/companion.h"

namespace netkit::process {
namespace {

/// Tells the program of one conversation what happens in it.
class OneConversation final : public Handler {
 public:
  explicit OneConversation(House& house) : house_(house) {}

  bool sees_events() const override { return true; }
  void on_open(const Conversation& conversation) override {
    companion_ = std::make_shared<Companion>(house_, conversation);
    companion_->put(Inbox::Item::Kind::open);
  }
  void on_message(const Message& message, Responder& /*responder*/) override {
    companion_->put(Inbox::Item::Kind::message, message.body, message.attributes);
  }
  bool on_peer_end(const Conversation& /*conversation*/) override {
    companion_->put(Inbox::Item::Kind::peer_end);
    return true;  // the program ends the conversation when it has said all
  }
  void on_close(const Conversation& /*conversation*/, const Ending& /*ending*/) override {
    companion_->put(Inbox::Item::Kind::close);
  }

 private:
  House& house_;
  std::shared_ptr<Companion> companion_;
};

}  // namespace

std::unique_ptr<Handler> ConnectionHandler::for_conversation() { return std::make_unique<OneConversation>(house_); }

}  // namespace netkit::process

#include "netkit-client/prompt_talk.h"

#include <optional>
#include <string>

#include "netkit-client/conversation/interrupt.h"
#include "netkit-client/input/prompt.h"
#include "netkit-client/output/notice.h"
#include "netkit-client/output/printer.h"
#include "netkit-client/output/terminal_text.h"
#include "netkit-client/talk.h"

namespace netkit::client {
namespace {

constexpr const char* kConnectsAgain = "; the next line connects again";

class PromptTalk {
 public:
  PromptTalk(const CommandLine& line, ClientSession& session)
      : session_(session),
        no_wait_(line.no_wait),
        printer_(printer_options(line, session)),
        prompt_(terminal_text(session.peer()) + "> ", history_path()),
        conversation_(session.conversation(printer_)) {}

  RunResult run() {
    const InterruptScope interrupts;  // between two waits an interrupt must not end the program
    Outcome failure;
    while (const std::optional<std::string> message = read()) {
      if (message->empty() && session_.sends_raw()) continue;
      if (conversation_ || reconnect()) say(*message);
    }
    if (conversation_) failure = conversation_->finish();
    printer_.complete();
    return {std::move(failure), printer_.status()};
  }

 private:
  std::optional<std::string> read() {
    if (!conversation_) return prompt_.next({});
    return prompt_.next({conversation_->descriptor(), [this] { return listen(); }});
  }

  /// Takes what the server sends unasked. False: the connection has ended.
  bool listen() {
    const Outcome failure = conversation_->take_unasked();
    printer_.complete();
    settle(failure);
    return conversation_.has_value();
  }

  void say(const std::string& message) {
    const Outcome failure = no_wait_ ? send(message) : conversation_->ask(message);
    printer_.complete();
    settle(failure);
  }

  Outcome send(const std::string& message) {
    if (Outcome failure = conversation_->queue(message)) return failure;
    return conversation_->send_queued();
  }

  /// Says what went wrong, and gives up a connection that is of no more use.
  void settle(const Outcome& failure) {
    const bool usable = conversation_->usable();
    std::string text = failure ? failure->text : usable ? "" : conversation_->end_text();
    if (failure && text.empty()) text = "interrupted";
    if (!text.empty()) notice(text + (usable ? "" : kConnectsAgain));
    if (usable) return;
    conversation_.reset();
    session_.disconnect();
  }

  bool reconnect() {
    try {
      session_.connect();
      conversation_.emplace(session_.conversation(printer_));
      return true;
    } catch (const LocalError& error) {
      notice(error.what());
      return false;
    }
  }

  ClientSession& session_;
  const bool no_wait_;
  Printer printer_;
  Prompt prompt_;
  std::optional<Conversation> conversation_;  // nothing: the connection is lost
};

}  // namespace

RunResult talk_at_prompt(const CommandLine& line, ClientSession& session) {
  PromptTalk talk(line, session);
  return session.or_reset([&] { return talk.run(); });
}

}  // namespace netkit::client

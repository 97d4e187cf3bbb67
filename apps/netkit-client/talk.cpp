#include "netkit-client/talk.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "netkit-client/input/message_source.h"
#include "netkit-client/output/terminal_text.h"

namespace netkit::client {
namespace {

/// Sends one message and takes its answer; after the last message, also takes what still arrives.
Outcome ask_one(Conversation& conversation, MessageSource& source, const std::string& message) {
  if (Outcome failure = conversation.ask(message)) return failure;
  return source.at_end() ? conversation.finish() : Outcome();
}

Outcome ask_all(Conversation& conversation, MessageSource& source, Printer& printer, bool skip_empty) {
  while (const std::optional<std::string> message = source.next()) {
    if (message->empty() && skip_empty) continue;
    Outcome failure = ask_one(conversation, source, *message);
    printer.complete();
    if (failure) return failure;
  }
  Outcome failure = conversation.usable() ? conversation.finish() : Outcome();
  printer.complete();
  return failure;
}

Outcome send_all(Conversation& conversation, MessageSource& source, Printer& printer, bool skip_empty) {
  Outcome failure;
  while (!failure) {
    const std::optional<std::string> message = source.next();
    if (!message) break;
    if (!message->empty() || !skip_empty) failure = conversation.queue(*message);
    if (!failure && !source.ready()) failure = conversation.send_queued();
  }
  if (!failure) failure = conversation.collect();
  printer.complete();
  return failure;
}

std::unique_ptr<MessageSource> make_source(const CommandLine& line, ClientSession& session) {
  if (!line.data.empty()) return std::make_unique<FileSource>(line.data);
  std::vector<std::string>& messages = session.target().messages;
  if (!messages.empty()) return std::make_unique<ArgumentSource>(std::move(messages));
  return std::make_unique<LineSource>(STDIN_FILENO);
}

}  // namespace

PrinterOptions printer_options(const CommandLine& line, const ClientSession& session) {
  const ClientFraming& framing = session.framing();
  return {.exact = line.exact,
          .hex = line.hex,
          .harmless = !line.exact && is_terminal(STDOUT_FILENO),
          .headers = line.header,
          .joined = !framing.has_borders && !session.datagrams(),
          .lines = framing.has_borders && !framing.one_answer_each};
}

RunResult talk(const CommandLine& line, ClientSession& session) {
  Printer printer(printer_options(line, session));
  Conversation conversation = session.conversation(printer);
  const std::unique_ptr<MessageSource> source = make_source(line, session);
  const auto work = line.no_wait ? send_all : ask_all;
  Outcome failure = session.or_reset([&] { return work(conversation, *source, printer, session.sends_raw()); });
  return {std::move(failure), printer.status()};
}

}  // namespace netkit::client

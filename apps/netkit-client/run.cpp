#include "netkit-client/run.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "config/values/address.h"
#include "config/values/transport.h"
#include "framing/builtin.h"
#include "netkit-client/connection/connection.h"
#include "netkit-client/conversation/client_framing.h"
#include "netkit-client/conversation/conversation.h"
#include "netkit-client/download/download.h"
#include "netkit-client/download/download_target.h"
#include "netkit-client/download/progress.h"
#include "netkit-client/input/message_source.h"
#include "netkit-client/output/notice.h"
#include "netkit-client/output/printer.h"
#include "netkit-client/output/terminal_text.h"
#include "netkit-client/output/trace.h"
#include "netkit-client/target.h"
#include "plugin/loader.h"

namespace netkit::client {
namespace {

constexpr std::chrono::nanoseconds kStreamSilence = std::chrono::seconds(30);
constexpr std::chrono::nanoseconds kDatagramSilence = std::chrono::seconds(5);

/// A connected client and its settings.
struct ClientSession {
  Target target;
  ClientFraming framing;
  std::unique_ptr<Connection> connection;
  std::optional<Trace> trace;
  std::string peer;
  std::chrono::nanoseconds silence{};

  Conversation conversation(AnswerSink& sink) {
    const MessageChannelParts parts{*connection, framing, sink, trace ? &*trace : nullptr};
    return Conversation(parts, peer, silence);
  }

  bool sends_raw() const { return target.send.type == "raw"; }
};

void trace_connected(ClientSession& session) {
  std::string how = to_string(session.target.endpoint.transport);
  if (const std::string protection = session.connection->protection(); !protection.empty()) how += ", " + protection;
  session.trace->event("connected to " + session.peer + " (" + how + ")");
}

void open_session(const CommandLine& line, PluginLoader& loader, ClientSession& session) {
  session.target = find_target(line, loader);
  const Target& target = session.target;
  const bool datagrams = target.endpoint.transport == Transport::udp;
  session.framing = client_framing(target.send, target.receive, loader);
  session.silence = line.timeout.value_or(datagrams ? kDatagramSilence : kStreamSilence);
  session.peer = to_string(target.endpoint.address);
  if (line.trace) session.trace.emplace(line.hex);
  if (line.tls.insecure) notice("--insecure: the server's certificate is not checked");
  session.connection = connect(target.endpoint, session.silence);
  if (session.trace) trace_connected(session);
}

/// Runs `work`; resets the connection if it throws, so that the server notices. After a mere end of stream the client
/// could still be reading.
template <class Work>
auto or_reset(ClientSession& session, const Work& work) {
  try {
    return work();
  } catch (...) {
    session.connection->reset();
    throw;
  }
}

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
    if (!failure) continue;
    if (!source.interactive() || !conversation.usable()) return failure;
    notice(failure->text);
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

RunResult talk(const CommandLine& line, ClientSession& session) {
  Printer printer({.exact = line.exact,
                   .hex = line.hex,
                   .harmless = !line.exact && is_terminal(STDOUT_FILENO),
                   .headers = line.header,
                   .joined = !session.framing.has_borders && !session.connection->datagrams(),
                   .lines = session.framing.has_borders && !session.framing.one_answer_each});
  Conversation conversation = session.conversation(printer);
  const std::unique_ptr<MessageSource> source =
      make_source(session.target.messages, terminal_text(session.peer) + "> ");
  const auto work = line.no_wait ? send_all : ask_all;
  Outcome failure = or_reset(session, [&] { return work(conversation, *source, printer, session.sends_raw()); });
  return {std::move(failure), printer.status()};
}

RunResult download(const CommandLine& line, ClientSession& session) {
  const std::unique_ptr<DownloadTarget> target = make_download_target(*line.get);
  const bool shows_itself = line.get->output == "-" && is_terminal(STDOUT_FILENO);
  ProgressBar progress(shows_itself ? -1 : STDERR_FILENO, target->name());
  Download file(line.get->file, line.get->largest, *target, progress);
  Conversation conversation = session.conversation(file);
  const std::string request = file.request();
  const Outcome outcome = or_reset(session, [&]() -> Outcome {
    try {
      return conversation.ask(request);
    } catch (const LocalError& error) {
      return Failure{error.what()};
    }
  });
  return {file.conclude(outcome), 0};
}

}  // namespace

RunResult run(const CommandLine& line) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry, builtin_plugin_folder());
  ClientSession session;
  open_session(line, loader, session);
  return line.get ? download(line, session) : talk(line, session);
}

}  // namespace netkit::client

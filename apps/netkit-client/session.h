#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "netkit-client/command_line.h"
#include "netkit-client/connection/connection.h"
#include "netkit-client/conversation/client_framing.h"
#include "netkit-client/conversation/conversation.h"
#include "netkit-client/output/trace.h"
#include "netkit-client/target.h"
#include "plugin/loader.h"

namespace netkit::client {

/// The server, the way to talk to it, and the connection to it.
class ClientSession {
 public:
  /// Finds the server that the command line means and connects. Throws UsageError or LocalError.
  ClientSession(const CommandLine& line, PluginLoader& loader);

  /// Connects again. Conversations over the old connection must be gone. Throws LocalError.
  void connect();

  /// Closes the connection. Conversations over it must be gone.
  void disconnect() { connection_.reset(); }

  /// Begins a conversation over the connection. The session and `sink` must outlive it.
  Conversation conversation(AnswerSink& sink);

  /// Runs `work`; resets the connection if it throws, so that the server notices. After a mere end of stream the client
  /// could still be reading.
  template <class Work>
  auto or_reset(const Work& work) {
    try {
      return work();
    } catch (...) {
      if (connection_) connection_->reset();
      throw;
    }
  }

  Target& target() { return target_; }
  const ClientFraming& framing() const { return framing_; }
  const std::string& peer() const { return peer_; }
  bool datagrams() const { return target_.endpoint.transport == Transport::udp; }
  bool sends_raw() const { return target_.send.type == "raw"; }

 private:
  void trace_connected() const;

  Target target_;
  ClientFraming framing_;
  std::optional<Trace> trace_;
  std::string peer_;  // for messages
  std::chrono::nanoseconds silence_{};
  std::unique_ptr<Connection> connection_;
};

}  // namespace netkit::client

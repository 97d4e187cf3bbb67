#include "netkit-client/session.h"

#include "config/values/transport.h"
#include "netkit-client/output/notice.h"

namespace netkit::client {
namespace {

constexpr std::chrono::nanoseconds kStreamSilence = std::chrono::seconds(30);
constexpr std::chrono::nanoseconds kDatagramSilence = std::chrono::seconds(5);

}  // namespace

ClientSession::ClientSession(const CommandLine& line, PluginLoader& loader)
    : target_(find_target(line, loader)), framing_(client_framing(target_.send, target_.receive, loader)) {
  silence_ = line.timeout.value_or(datagrams() ? kDatagramSilence : kStreamSilence);
  peer_ = to_string(target_.endpoint.address);
  if (line.trace) trace_.emplace(line.hex);
  if (line.tls.insecure && !line.quiet) notice("--insecure: the server's certificate is not checked");
  connect();
}

void ClientSession::connect() {
  connection_.reset();
  Tell tell;
  if (trace_) {
    trace_->begin_connection();
    tell = [this](std::string_view text) { trace_->event(text); };
  }
  connection_ = client::connect(target_.endpoint, silence_, tell);
  if (trace_) trace_connected();
}

void ClientSession::trace_connected() const {
  std::string how = to_string(target_.endpoint.transport);
  if (const std::string protection = connection_->protection(); !protection.empty()) how += ", " + protection;
  const std::string number = connection_->peer_address();
  const std::string address = number.empty() || number == peer_ ? peer_ : peer_ + ", " + number;
  trace_->event("connected to " + address + " (" + how + ")");
}

Conversation ClientSession::conversation(AnswerSink& sink) {
  return Conversation({*connection_, framing_, sink, trace_ ? &*trace_ : nullptr}, peer_, silence_);
}

}  // namespace netkit::client

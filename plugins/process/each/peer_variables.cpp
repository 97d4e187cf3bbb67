#include "each/peer_variables.h"

namespace netkit::process {

std::vector<std::string> peer_variables(const Conversation& conversation) {
  const Peer peer = conversation.peer();
  const LocalEnd local = conversation.local();
  const std::string protocol = local.transport == "tls" ? "TCP" : local.transport;
  std::vector<std::string> variables{"PROTO="};
  for (const char c : protocol) variables.front() += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  variables.push_back("REMOTE_ADDR=" + peer.host);
  if (peer.credentials) {
    variables.push_back("UNIXREMOTEEUID=" + std::to_string(peer.credentials->user));
    variables.push_back("UNIXREMOTEEGID=" + std::to_string(peer.credentials->group));
    variables.push_back("UNIXREMOTEPID=" + std::to_string(peer.credentials->process));
    return variables;
  }
  variables.push_back("REMOTE_PORT=" + std::to_string(peer.port));
  variables.push_back("TCPREMOTEIP=" + peer.host);
  variables.push_back("TCPREMOTEPORT=" + std::to_string(peer.port));
  variables.push_back("TCPLOCALIP=" + local.host);
  variables.push_back("TCPLOCALPORT=" + std::to_string(local.port));
  return variables;
}

}  // namespace netkit::process

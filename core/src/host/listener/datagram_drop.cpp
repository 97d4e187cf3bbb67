#include "host/listener/datagram_drop.h"

namespace netkit {

const char* to_string(DatagramDrop drop) {
  switch (drop) {
    case DatagramDrop::none:
      return "none";
    case DatagramDrop::truncated:
      return "truncated";
    case DatagramDrop::to_many:
      return "to-many";
    case DatagramDrop::bad_source:
      return "bad-source";
    case DatagramDrop::refused_port:
      return "refused-port";
    case DatagramDrop::own_port:
      return "own-port";
    case DatagramDrop::over_budget:
      return "over-budget";
    case DatagramDrop::not_sent:
      return "not-sent";
    case DatagramDrop::too_many_calls:
      return "too-many-calls";
    case DatagramDrop::too_many_peers:
      return "too-many-peers";
    case DatagramDrop::backlog:
      return "backlog";
    case DatagramDrop::ending:
      return "ending";
    case DatagramDrop::failed:
      return "failed";
    case DatagramDrop::denied:
      return "denied";
    case DatagramDrop::rate_limit:
      return "rate-limit";
    case DatagramDrop::too_many_answers:
      return "too-many-answers";
    case DatagramDrop::service_rate:
      return "service-rate";
    case DatagramDrop::answer_loop:
      return "answer-loop";
    case DatagramDrop::paused:
      return "paused";
    case DatagramDrop::over_limit:
      return "over-limit";
  }
  return "unknown";
}

}  // namespace netkit

#include "host/stream/first_bytes_check.h"

#include <string>

#include "base/nearest.h"
#include "host/listener/listener_context.h"
#include "host/stream/first_bytes.h"

namespace netkit {

FirstBytesVerdict check_first_bytes(std::string_view bytes, Session& session, const SessionHost& connection,
                                    ListenerContext& context) {
  const FirstBytes found = judge_first_bytes(bytes);
  const bool is_http = found == FirstBytes::undecided || found == FirstBytes::http_request;
  if (is_http && !context.refuse_http) return FirstBytesVerdict::admit;
  if (found == FirstBytes::undecided) {
    session.set_needs_more(true);
    return FirstBytesVerdict::wait;
  }
  if (found == FirstBytes::http_request) {
    session.end(CloseReason::http_request, "it began with " + in_quotes(first_line_of(bytes)));
    return FirstBytesVerdict::refuse;
  }
  const bool known = found != FirstBytes::unknown && !context.tls;
  if (known) {
    const std::string text = std::string("begins with ") + to_string(found);
    context.event_now_and_then(LogLevel::info, "foreign-protocol", to_string(connection.peer()), text,
                               {"detail", to_string(found)});
  }
  return FirstBytesVerdict::admit;
}

}  // namespace netkit

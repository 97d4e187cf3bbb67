#include "session/job.h"

#include <exception>
#include <utility>

#include "session/handler_call.h"

namespace netkit {

Job::Job(Handler& handler, Encoder& encoder, Peer peer, const Message& message, bool datagram, CallPermit permit)
    : handler_(handler),
      encoder_(encoder),
      peer_(std::move(peer)),
      body_(message.body),
      header_(message.header),
      permit_(std::move(permit)) {
  if (datagram) answers_.keep_message_ends();
}

void Job::run(AnswerSink& sink) noexcept {
  AnswerWriter writer(encoder_, answers_, *this);
  writer.use_sink(sink, stop_.get_token());
  const auto call = [&] { handler_.on_message({body_, header_}, writer); };
  call_handler(call, writer, [this](const char* what) {
    failed_ = true;
    try {
      failure_ = what;
    } catch (const std::exception&) {
      // No memory for the text; that it failed is known.
    }
  });
  messages_ = writer.messages();
  closed_ = writer.closed();
}

}  // namespace netkit

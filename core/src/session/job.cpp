#include "session/job.h"

#include <exception>
#include <utility>

namespace netkit {

Job::Job(Handler& handler, Encoder& encoder, Peer peer, const Message& message, bool datagram)
    : handler_(handler), encoder_(encoder), peer_(std::move(peer)), body_(message.body), header_(message.header) {
  if (datagram) answers_.keep_message_ends();
}

void Job::run(AnswerSink& sink) noexcept {
  AnswerWriter writer(encoder_, answers_, *this);
  writer.use_sink(sink, stop_.get_token());
  failed_ = !call_handler(handler_, {body_, header_}, writer, failure_);
  closed_ = writer.closed();
}

bool call_handler(Handler& handler, const Message& message, AnswerWriter& writer, std::string& failure) {
  try {
    handler.on_message(message, writer);
    return true;
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "threw something that is not a std::exception";
  }
  writer.drop_unfinished();
  return false;
}

}  // namespace netkit

#include "session/job.h"

#include <exception>
#include <stdexcept>
#include <utility>

#include "session/handler_call.h"

namespace netkit {

Job::Job(const JobParts& parts, std::uint64_t number, Peer peer, const Message& message,
         std::shared_ptr<HandleMaker> handles, CallPermit permit)
    : parts_(parts),
      number_(number),
      peer_(std::move(peer)),
      body_(message.body),
      attributes_(message.attributes != nullptr ? *message.attributes : kNoAttributes),
      has_attributes_(message.attributes != nullptr),
      handles_(std::move(handles)),
      permit_(std::move(permit)) {}

void Job::run(AnswerSink& sink) noexcept {
  Output answers;
  if (parts_.datagram) answers.keep_message_ends();
  AnswerWriter writer(parts_.encoder, answers, *this, parts_.in_place);
  writer.use_sink(sink, stop_.get_token());
  const auto call = [&] { parts_.handler.on_message(message(), writer); };
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
  deferred_ = writer.deferred();
  starts_tls_ = writer.starts_tls();
  permit_ = CallPermit();  // unless a reply has it
}

void Job::start_tls() {
  if (!parts_.may_start_tls) throw std::logic_error(kCannotStartTls);
}

}  // namespace netkit

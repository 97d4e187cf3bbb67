#include "program/message_encoder.h"

#include <stdexcept>

namespace netkit::process {

MessageEncoder::MessageEncoder(const Framing& framing)
    : framing_(framing),
      program_side_(framing.other_end()),
      encoder_(framing.make().encoder),
      reader_(program_side_.make().decoder) {}

void MessageEncoder::add(std::string_view body, const Attributes& attributes, Buffer& out) {
  const std::size_t before = out.size();
  try {
    encoder_->encode(attributes, body, out);
    check(out.view().substr(before));
  } catch (...) {
    out.truncate(before);
    throw;
  }
}

void MessageEncoder::check(std::string_view bytes) {
  const Decoded decoded = reader_->decode(bytes);
  if (decoded.status == Decoded::Status::message && decoded.size == bytes.size()) return;
  std::string why = "the program would read it as more than one message";
  if (decoded.status == Decoded::Status::malformed) why = decoded.reason;
  if (decoded.status == Decoded::Status::need_more) why = "the program would not see its end";
  reader_ = program_side_.make().decoder;
  throw std::length_error(why);
}

}  // namespace netkit::process

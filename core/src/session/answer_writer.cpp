#include "session/answer_writer.h"

#include <stdexcept>

namespace netkit {

void AnswerWriter::send(std::string_view body, const Header& header) {
  Buffer& bytes = out_.bytes();
  encoder_.begin(header, body.size(), bytes);
  bytes.append(body);
  encoder_.end(bytes.last(body.size()), bytes);
  end_message();
}

void AnswerWriter::stream(std::unique_ptr<BodySource> source, const Header& header) {
  if (out_.keeps_message_ends()) throw std::length_error("a streamed body does not fit a datagram");
  encoder_.begin(header, source->size(), out_.bytes());
  out_.add_body(std::move(source));
  encoder_.end({}, out_.bytes());
  end_message();
}

std::span<char> AnswerWriter::open(std::size_t size) {
  encoder_.begin(Header{}, size, out_.bytes());
  open_size_ = size;
  return out_.bytes().grow(size);
}

void AnswerWriter::finish() {
  Buffer& bytes = out_.bytes();
  encoder_.end(bytes.last(open_size_), bytes);
  end_message();
}

void AnswerWriter::end_message() {
  out_.end_message();
  if (sink_ != nullptr && (out_.waiting() >= kPassOnAt || out_.bodies() > 0)) sink_->pass_on(out_);
  whole_ = out_.mark();
}

}  // namespace netkit

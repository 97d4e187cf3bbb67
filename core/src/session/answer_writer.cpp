#include "session/answer_writer.h"

#include <stdexcept>

namespace netkit {

inline void AnswerWriter::begin_message(const Header& header, std::uint64_t size) {
  Buffer& bytes = out_.bytes();
  whole_bytes_ = bytes.size();
  unfinished_ = true;
  encoder_.begin(header, size, bytes);
}

inline void AnswerWriter::end_message() {
  unfinished_ = streaming_ = false;
  ++messages_;
  out_.end_message();
  if (sink_ != nullptr) [[unlikely]]
    pass_on();
}

void AnswerWriter::send(std::string_view body, const Header& header) {
  begin_message(header, body.size());
  Buffer& bytes = out_.bytes();
  bytes.append(body);
  encoder_.end(bytes.last(body.size()), bytes);
  end_message();
}

void AnswerWriter::stream(std::unique_ptr<BodySource> source, const Header& header) {
  if (source == nullptr) throw std::invalid_argument("a streamed body without a source");
  if (for_datagrams()) throw std::length_error("a streamed body does not fit a datagram");
  begin_message(header, source->size());
  const std::size_t before = out_.bodies();
  out_.add_body(std::move(source));
  streaming_ = out_.bodies() > before;
  encoder_.end({}, out_.bytes());
  end_message();
}

std::span<char> AnswerWriter::open(std::size_t size) {
  begin_message(kNoHeader, size);
  open_size_ = size;
  return out_.bytes().grow(size);
}

void AnswerWriter::finish() {
  Buffer& bytes = out_.bytes();
  encoder_.end(bytes.last(open_size_), bytes);
  end_message();
}

void AnswerWriter::pass_on() {
  if (out_.waiting() >= kPassOnAt || out_.bodies() > 0) sink_->pass_on(out_);
}

}  // namespace netkit

#include "session/answer_writer.h"

#include <stdexcept>

namespace netkit {

inline void AnswerWriter::begin_message() {
  drop_unfinished();  // the handler has caught what the one before threw
  whole_bytes_ = out_.bytes().size();
  unfinished_ = true;
}

inline void AnswerWriter::end_message() {
  unfinished_ = streaming_ = false;
  ++messages_;
  if (tells_ends_) [[unlikely]]
    tell_end();
}

void AnswerWriter::send(std::string_view body, const Header& header) {
  begin_message();
  encoder_.encode(header, body, out_.bytes());
  end_message();
}

void AnswerWriter::stream(std::unique_ptr<BodySource> source, const Header& header) {
  if (source == nullptr) throw std::invalid_argument("a streamed body without a source");
  if (for_datagrams()) throw std::length_error("a streamed body does not fit a datagram");
  begin_message();
  encoder_.begin(header, source->size(), out_.bytes());
  const std::size_t before = out_.bodies();
  out_.add_body(std::move(source));
  streaming_ = out_.bodies() > before;
  encoder_.end({}, out_.bytes());
  end_message();
}

std::span<char> AnswerWriter::open(std::size_t size) {
  begin_message();
  open_size_ = size;
  Buffer& bytes = out_.bytes();
  encoder_.begin(kNoHeader, size, bytes);
  return bytes.grow(size);
}

void AnswerWriter::finish() {
  if (encodes_ends_) encoder_.end(out_.bytes().last(open_size_), out_.bytes());
  end_message();
}

void AnswerWriter::take_back() {
  out_.roll_back(whole_bytes_, out_.bodies() - (streaming_ ? 1 : 0));
  unfinished_ = streaming_ = false;
}

void AnswerWriter::tell_end() {
  out_.end_message();
  if (sink_ != nullptr && (out_.waiting() >= kPassOnAt || out_.bodies() > 0)) sink_->pass_on(out_);
}

}  // namespace netkit

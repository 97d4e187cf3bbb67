#include "session/answer_writer.h"

#include <stdexcept>

#include "session/streamed_body.h"

namespace netkit {

inline void AnswerWriter::begin_message() {
  drop_unfinished();  // the handler has caught what the one before threw
  if (sink_ != nullptr) [[unlikely]]
    sink_->begin_answer();
  whole_bytes_ = out_.bytes().size();
  unfinished_ = true;
}

inline void AnswerWriter::end_message() {
  unfinished_ = streaming_ = false;
  ++messages_;
  if (tells_ends_) [[unlikely]]
    tell_end();
}

void AnswerWriter::send(std::string_view body, const Attributes& attributes) {
  begin_message();
  encoder_.encode(attributes, body, out_.bytes());
  end_message();
}

void AnswerWriter::stream(std::unique_ptr<BodySource> source, const Attributes& attributes) {
  if (source == nullptr) throw std::invalid_argument("a streamed body without a source");
  if (for_datagrams()) throw std::length_error("a streamed body does not fit a datagram");
  if (encoder_.bodies() == Encoder::Bodies::whole) return send(read_whole(*source), attributes);
  begin_message();
  encoder_.begin(attributes, source->size(), out_.bytes());
  if (encoder_.bodies() == Encoder::Bodies::by_pieces) source = transformed(std::move(source), encoder_);
  const std::size_t before = out_.bodies();
  out_.add_body(std::move(source));
  streaming_ = out_.bodies() > before;
  encoder_.end({}, out_.bytes());
  end_message();
}

Reply AnswerWriter::defer() {
  if (deferred()) throw std::logic_error("defer() is called twice for one message");
  Reply reply = context_.make_reply();
  notes_ |= kDeferred;
  return reply;
}

void AnswerWriter::use_framing(const Framing& framing) {
  context_.use_framing(framing);
  notes_ |= kNewFraming;
}

std::span<char> AnswerWriter::open(std::size_t size) {
  open_size_ = size;
  if (!in_place_) [[unlikely]] {
    gathered_ = std::make_unique<std::string>(size, '\0');
    return *gathered_;
  }
  begin_message();
  Buffer& bytes = out_.bytes();
  encoder_.begin(kNoAttributes, size, bytes);
  return bytes.grow(size);
}

void AnswerWriter::finish() {
  if (!in_place_) [[unlikely]] {
    send(*gathered_, kNoAttributes);
    gathered_.reset();
    return;
  }
  if (encodes_ends_) encoder_.end(out_.bytes().last(open_size_), out_.bytes());
  end_message();
}

void AnswerWriter::take_back() {
  out_.roll_back(whole_bytes_, out_.bodies() - (streaming_ ? 1 : 0));
  unfinished_ = streaming_ = false;
  if (sink_ != nullptr) sink_->give_up_answer();
}

void AnswerWriter::tell_end() {
  out_.end_message();
  if (sink_ != nullptr) sink_->pass_on(out_);
}

}  // namespace netkit

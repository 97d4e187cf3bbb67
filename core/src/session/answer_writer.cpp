#include "session/answer_writer.h"

#include <stdexcept>

#include "session/streamed_body.h"

namespace netkit {
namespace {

constexpr std::size_t kLargeBody = std::size_t{64} << 10;
constexpr std::size_t kEndRoom = 64;  // behind a large body, which is not to be moved for a newline

}  // namespace

// send(), open() and finish() leave what happens seldom to functions of their own, as the last thing that they do or
// before anything else: so they keep nothing across that call, and stay a few instructions.

/// For state_ 0.
inline void AnswerWriter::begin_message() {
  state_ = kUnfinished;
  whole_bytes_ = out_.bytes().size();
}

[[gnu::cold, gnu::noinline]] void AnswerWriter::begin_specially() {
  drop_unfinished();  // the handler has caught what the one before threw
  if (sink_ != nullptr) sink_->begin_answer();
  state_ |= kUnfinished;
  whole_bytes_ = out_.bytes().size();
}

inline void AnswerWriter::end_message() {
  state_ &= static_cast<std::uint8_t>(~(kUnfinished | kStreaming));
  ++messages_;
  if (tells_ends_) [[unlikely]]
    tell_end();
}

void AnswerWriter::send(std::string_view body, const Attributes& attributes) {
  if (state_ != 0 || body.size() >= kLarge) [[unlikely]]
    return send_specially(body, attributes);
  begin_message();
  encoder_.encode(attributes, body, out_.bytes());
  end_message();
}

[[gnu::cold, gnu::noinline]] void AnswerWriter::send_specially(std::string_view body, const Attributes& attributes) {
  begin_specially();
  if (may_lend(body)) {
    send_large(body, attributes);
  } else {
    encoder_.encode(attributes, body, out_.bytes());
  }
  end_message();
}

/// Only at the front of the output, and where the framing puts nothing behind a body.
bool AnswerWriter::may_lend(std::string_view body) const {
  const auto from = reinterpret_cast<std::uintptr_t>(received_.data());
  const auto at = reinterpret_cast<std::uintptr_t>(body.data());
  return ending_ == 0 && (state_ & (kHasSink | kGathers)) == 0 && body.size() >= kLarge && out_.empty() && at >= from &&
         at + body.size() <= from + received_.size();
}

void AnswerWriter::send_large(std::string_view body, const Attributes& attributes) {
  encoder_.begin(attributes, body.size(), out_.bytes());
  if (out_.bytes().empty() || body.size() >= kLargeForTwo) {
    out_.add_loan(body);
    state_ |= kStreaming;  // to be taken back as a body is
    notes_ |= kStreamed;
  } else {
    out_.bytes().append(body);
  }
}

void AnswerWriter::stream(std::unique_ptr<BodySource> source, const Attributes& attributes) {
  if (source == nullptr) throw std::invalid_argument("a streamed body without a source");
  if (for_datagrams()) throw std::length_error("a streamed body does not fit a datagram");
  if (encoder_.bodies() == Encoder::Bodies::whole) return send(read_whole(*source), attributes);
  begin_specially();
  encoder_.begin(attributes, source->size(), out_.bytes());
  const std::size_t before = out_.bodies();
  if (auto body_encoder = encoder_.body_encoder()) {
    out_.add_body(transformed(std::move(source), std::move(body_encoder)));
  } else {
    out_.add_body(std::move(source));
    encoder_.end({}, out_.bytes());
  }
  if (out_.bodies() > before) state_ |= kStreaming;
  notes_ |= kStreamed;
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

void AnswerWriter::start_tls() {
  context_.start_tls();
  notes_ |= kStartsTls;
}

std::span<char> AnswerWriter::open(std::size_t size) {
  open_size_ = size;
  Buffer& bytes = out_.bytes();
  if (state_ != 0) [[unlikely]] {
    if ((state_ & kGathers) != 0) return bytes.grow(size);
    begin_specially();
  } else {
    begin_message();
  }
  encoder_.begin(kNoAttributes, size, bytes);
  if (size >= kLargeBody) [[unlikely]]
    bytes.reserve(size + kEndRoom);
  return bytes.grow(size);
}

void AnswerWriter::finish() {
  if (ending_ != 0) return finish_specially();
  end_message();
}

[[gnu::noinline]] void AnswerWriter::finish_specially() {
  if ((ending_ & kSendsGathered) != 0) return send_gathered();
  encoder_.end(out_.bytes().last(open_size_), out_.bytes());
  end_message();
}

/// The body stands at the end of the output, where nothing has been framed yet.
void AnswerWriter::send_gathered() {
  const std::span<char> body = out_.bytes().last(open_size_);
  const std::string gathered(body.begin(), body.end());
  out_.bytes().truncate(out_.bytes().size() - open_size_);
  send(gathered, kNoAttributes);
}

void AnswerWriter::take_back() {
  out_.roll_back(whole_bytes_, out_.bodies() - ((state_ & kStreaming) != 0 ? 1 : 0));
  state_ &= static_cast<std::uint8_t>(~(kUnfinished | kStreaming));
  if (sink_ != nullptr) sink_->give_up_answer();
}

void AnswerWriter::tell_end() {
  out_.end_message();
  if (sink_ != nullptr) sink_->pass_on(out_);
}

}  // namespace netkit

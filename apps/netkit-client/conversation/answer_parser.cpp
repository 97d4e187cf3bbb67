#include "netkit-client/conversation/answer_parser.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "framing/json_header.h"

namespace netkit::client {
namespace {

ParseResult malformed(std::string_view reason) {
  ParseResult result;
  result.failure = Failure{"the answer cannot be read: " + std::string(reason) + " (is the framing right?)"};
  return result;
}

/// For framings whose messages are held in memory.
class MessageParser final : public AnswerParser {
 public:
  explicit MessageParser(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

  ParseResult parse(std::string_view bytes, AnswerSink& sink) override { return take(decoder_->decode(bytes), sink); }

  ParseResult end(std::string_view rest, AnswerSink& sink) override { return take(decoder_->end(rest), sink); }

  bool inside_answer() const override { return false; }

 private:
  static ParseResult take(const Decoded& decoded, AnswerSink& sink) {
    if (decoded.status == Decoded::Status::malformed) return malformed(decoded.reason);
    if (decoded.status == Decoded::Status::need_more) return {.expected = decoded.size};
    ParseResult result{.consumed = decoded.size, .reply = decoded.reply, .last = decoded.last};
    if (decoded.status == Decoded::Status::control) return result;
    result.ended = true;
    result.failure = sink.begin({}, decoded.message.body.size());
    if (result.failure) return result;
    sink.piece(decoded.message.body);
    sink.end();
    return result;
  }

  std::unique_ptr<Decoder> decoder_;
};

/// For json-header: passes bodies on as they arrive.
class StreamParser final : public AnswerParser {
 public:
  explicit StreamParser(const Options& options) : reader_(options) {}

  ParseResult parse(std::string_view bytes, AnswerSink& sink) override {
    return inside_ ? parse_body(bytes, sink) : parse_front(bytes, sink);
  }

  bool inside_answer() const override { return inside_; }

 private:
  ParseResult parse_front(std::string_view bytes, AnswerSink& sink) {
    const JsonHeaderReader::Front front = reader_.read(bytes);
    if (front.status == Decoded::Status::malformed) return malformed(front.reason);
    if (front.status == Decoded::Status::need_more) return {};
    ParseResult result{.consumed = front.size};
    result.failure = sink.begin(front.header, front.body);
    if (result.failure) return result;
    reader_.next();
    // A server may announce any size.
    size_ = front.body + std::min<std::uint64_t>(front.size, std::numeric_limits<std::uint64_t>::max() - front.body);
    remaining_ = front.body;
    inside_ = true;
    finish_if_whole(result, sink);
    return result;
  }

  ParseResult parse_body(std::string_view bytes, AnswerSink& sink) {
    ParseResult result{.expected = size_};
    result.consumed = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    if (result.consumed == 0) return result;
    sink.piece(bytes.substr(0, result.consumed));
    remaining_ -= result.consumed;
    finish_if_whole(result, sink);
    return result;
  }

  void finish_if_whole(ParseResult& result, AnswerSink& sink) {
    if (remaining_ > 0) return;
    sink.end();
    inside_ = false;
    result.ended = true;
  }

  JsonHeaderReader reader_;
  std::uint64_t size_ = 0;       // of the answer, including its front
  std::uint64_t remaining_ = 0;  // of its body
  bool inside_ = false;
};

}  // namespace

std::unique_ptr<AnswerParser> whole_answers(std::unique_ptr<Decoder> decoder) {
  return std::make_unique<MessageParser>(std::move(decoder));
}

std::unique_ptr<AnswerParser> streamed_answers(const Options& options) {
  return std::make_unique<StreamParser>(options);
}

}  // namespace netkit::client

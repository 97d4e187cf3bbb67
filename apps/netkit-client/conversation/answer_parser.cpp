#include "netkit-client/conversation/answer_parser.h"

#include <algorithm>
#include <set>
#include <utility>

#include "framing/halves.h"
#include "framing/json_header.h"

namespace netkit::client {
namespace {

Progress malformed(std::string_view reason) {
  Progress progress;
  progress.failure = Failure{"the answer cannot be read: " + std::string(reason) + " (is the framing right?)"};
  return progress;
}

/// Any framing whose messages fit in memory.
class MessageParser final : public AnswerParser {
 public:
  explicit MessageParser(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

  Progress parse(std::string_view bytes, AnswerSink& sink) override { return take(decoder_->decode(bytes), sink); }

  Progress end(std::string_view rest, AnswerSink& sink) override { return take(decoder_->end(rest), sink); }

  bool inside_answer() const override { return false; }

 private:
  static Progress take(const Decoded& decoded, AnswerSink& sink) {
    if (decoded.status == Decoded::Status::malformed) return malformed(decoded.reason);
    if (decoded.status == Decoded::Status::need_more) return {.expected = decoded.size};
    Progress progress{.consumed = decoded.size, .reply = decoded.reply, .last = decoded.last};
    if (decoded.status == Decoded::Status::control) return progress;
    progress.ended = true;
    progress.failure = sink.begin({}, decoded.message.body.size());
    if (progress.failure) return progress;
    sink.piece(decoded.message.body);
    sink.end();
    return progress;
  }

  std::unique_ptr<Decoder> decoder_;
};

/// json-header, its bodies passed on as they arrive.
class StreamParser final : public AnswerParser {
 public:
  explicit StreamParser(const Options& options) : reader_(options) {}

  Progress parse(std::string_view bytes, AnswerSink& sink) override {
    return inside_ ? parse_body(bytes, sink) : parse_front(bytes, sink);
  }

  bool inside_answer() const override { return inside_; }

 private:
  Progress parse_front(std::string_view bytes, AnswerSink& sink) {
    const JsonHeaderReader::Front front = reader_.read(bytes);
    if (front.status == Decoded::Status::malformed) return malformed(front.reason);
    if (front.status == Decoded::Status::need_more) return {};
    Progress progress{.consumed = front.size};
    progress.failure = sink.begin(front.header, front.body);
    if (progress.failure) return progress;
    reader_.next();
    size_ = front.size + front.body;
    remaining_ = front.body;
    inside_ = true;
    finish_if_whole(progress, sink);
    return progress;
  }

  Progress parse_body(std::string_view bytes, AnswerSink& sink) {
    Progress progress{.expected = size_};
    progress.consumed = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    if (progress.consumed == 0) return progress;
    sink.piece(bytes.substr(0, progress.consumed));
    remaining_ -= progress.consumed;
    finish_if_whole(progress, sink);
    return progress;
  }

  void finish_if_whole(Progress& progress, AnswerSink& sink) {
    if (remaining_ > 0) return;
    sink.end();
    inside_ = false;
    progress.ended = true;
  }

  JsonHeaderReader reader_;
  std::uint64_t size_ = 0;       // of the answer, its front included
  std::uint64_t remaining_ = 0;  // of its body
  bool inside_ = false;
};

}  // namespace

AnswerFraming answer_framing(const Choice& choice, PluginLoader& loader) {
  static const std::set<std::string> kTextFramings{"raw", "line", "delimiter"};
  AnswerFraming framing;
  framing.has_borders = choice.type != "raw";
  framing.one_answer_each = !kTextFramings.contains(choice.type);
  if (choice.type == "json-header") {
    framing.parser = [options = choice.options] { return std::make_unique<StreamParser>(options); };
  } else {
    framing.parser = [make = decoder_maker(*loader.framing(choice.type), choice.options)] {
      return std::make_unique<MessageParser>(make());
    };
  }
  return framing;
}

}  // namespace netkit::client

#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "netkit/handler.h"
#include "support/recording_conversation.h"

namespace netkit::testing {

/// One answer as a handler gave it, a streamed body read to its end.
struct Answer {
  std::string body;
  Attributes attributes{};

  /// The attribute of that name as text (true/false, digits, "null"), or "" if there is none.
  std::string attribute(const std::string& name) const {
    const AttributeValue* value = attributes.find(name);
    if (value == nullptr) return "";
    if (const auto* text = std::get_if<std::string>(value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(value)) return *flag ? "true" : "false";
    return "null";
  }
};

/// Reads a body to its end. Throws std::runtime_error if it comes short.
inline std::string read_whole(BodySource& source) {
  std::string body;
  while (body.size() < source.size()) {
    char piece[4096];
    const std::size_t want = std::min<std::size_t>(sizeof piece, source.size() - body.size());
    const std::size_t count = source.read({piece, want});
    if (count == 0) throw std::runtime_error("the body came short");
    body.append(piece, count);
  }
  return body;
}

/// What came of a message whose answer was deferred. Thread-safe only as far as RecordingResponder::await() sees to it.
struct DeferredAnswer {
  std::vector<Answer> answers{};
  bool wanted = true;  ///< False: nobody waits any more, and sends go nowhere.
  bool finished = false;
  bool closed = false;
  bool dropped = false;                 ///< The reply was destroyed unfinished.
  std::vector<std::string> framings{};  ///< The names of those that were chosen.
  bool started_tls = false;
  Answering answering{};  ///< Of finish_by(); has not run yet.
  std::mutex mutex{};
  std::condition_variable over{};

  bool is_over() const { return finished || dropped; }
  template <class End>
  void end(End set) {
    const std::lock_guard lock(mutex);
    set();
    over.notify_all();
  }
};

/// Keeps what a Reply is told.
class RecordingReply final : public ReplyCore {
 public:
  RecordingReply(std::shared_ptr<DeferredAnswer> record, Conversation conversation, std::stop_token stop)
      : record_(std::move(record)), conversation_(std::move(conversation)), stop_(std::move(stop)) {}

  bool wanted() const noexcept override { return record_->wanted && !stop_.stop_requested(); }
  std::stop_token stop_token() override { return stop_; }
  bool send(SharedBody body, const Attributes& attributes) override {
    if (record_->wanted) record_->answers.push_back({*body, attributes});
    return record_->wanted;
  }
  bool stream(std::unique_ptr<BodySource> source, const Attributes& attributes) override {
    if (record_->wanted) record_->answers.push_back({read_whole(*source), attributes});
    return record_->wanted;
  }
  void use_framing(const Framing& framing) override { record_->framings.push_back(framing.name()); }
  void start_tls() override { record_->started_tls = true; }
  void finish(bool close) override {
    record_->end([&] {
      record_->finished = true;
      record_->closed = close;
    });
  }
  void finish_with(std::string_view body, const Attributes& attributes) override {
    send(std::make_shared<const std::string>(body), attributes);
    finish(false);
  }
  void finish_by(Answering answering) override {
    record_->end([&] {
      record_->finished = true;
      record_->answering = std::move(answering);
    });
  }
  void drop() noexcept override {
    record_->end([&] { record_->dropped = true; });
  }
  Conversation conversation() const override { return conversation_; }

 private:
  std::shared_ptr<DeferredAnswer> record_;
  Conversation conversation_;
  std::stop_token stop_;
};

/// Stands in for a conversation: keeps what a handler answers, for tests of one handler without any host.
class RecordingResponder final : public Responder {
 public:
  explicit RecordingResponder(Peer peer = {.host = "192.0.2.7", .port = 4711})
      : recorded(std::make_shared<RecordingConversation>(std::move(peer))) {}

  using Responder::send;
  void send(std::string_view body, const Attributes& attributes) override {
    answers.push_back({std::string(body), attributes});
  }

  void stream(std::unique_ptr<BodySource> source, const Attributes& attributes) override {
    if (keep_sources) {
      sources.push_back(std::move(source));
      answers.push_back({"", attributes});
    } else {
      answers.push_back({read_whole(*source), attributes});
    }
  }

  void close() override { closed = true; }
  Peer peer() const override { return recorded->peer(); }
  std::stop_token stop_token() const override { return stop.get_token(); }

  Reply defer() override {
    if (deferred) throw std::logic_error("the answer is deferred already");
    deferred = std::make_shared<DeferredAnswer>();
    return Reply(std::make_unique<RecordingReply>(deferred, conversation(), stop.get_token()));
  }

  /// Waits for the end of a deferred answer and takes it over. False if it does not come, or was dropped.
  bool await() { return await(*this); }
  /// The same; who answers by a responder does so by `responder`.
  bool await(Responder& responder) {
    if (!deferred) return true;
    std::unique_lock lock(deferred->mutex);
    if (!deferred->over.wait_for(lock, std::chrono::seconds(60), [this] { return deferred->is_over(); })) return false;
    if (deferred->answering) std::exchange(deferred->answering, {})(responder);
    for (Answer& answer : std::exchange(deferred->answers, {})) answers.push_back(std::move(answer));
    const bool finished = deferred->finished;
    lock.unlock();
    deferred.reset();  // the next message may be deferred, too
    return finished;
  }
  Conversation conversation() override { return Conversation(recorded); }
  void use_framing(const Framing& framing) override { framings.push_back(framing.name()); }
  void start_tls() override { started_tls = true; }

  std::vector<Answer> answers;
  bool closed = false;
  bool keep_sources = false;  ///< Puts streamed bodies into `sources` unread.
  std::vector<std::unique_ptr<BodySource>> sources;
  std::stop_source stop;
  std::shared_ptr<DeferredAnswer> deferred;  ///< Null until the handler defers its answer.
  std::vector<std::string> framings;         ///< The names of those that were chosen.
  bool started_tls = false;
  std::shared_ptr<RecordingConversation> recorded;

 protected:
  std::span<char> open(std::size_t size) override {
    answers.push_back({std::string(size, '\0')});
    return answers.back().body;
  }
  void finish() override {}
};

}  // namespace netkit::testing

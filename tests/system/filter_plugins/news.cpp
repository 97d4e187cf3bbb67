#include <netkit/plugin.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;

/// Sends each message to everybody who is there, and answers how many that are. "later" is answered by a timer of the
/// listener, "bad" by an exception.
class News final : public netkit::Handler {
 public:
  explicit News(const netkit::HandlerContext& context)
      : listener_(context.services),
        log_(context.log),
        everybody_(context.services.make_group(netkit::SlowMember::skip)) {
    if (context.metrics) {
      messages_ = context.metrics->counter("messages_told", "messages that were told to everybody");
      readers_ = context.metrics->gauge("readers", "conversations that are told");
      sizes_ = context.metrics->histogram("message_bytes", "sizes of messages", {4, 16});
    }
    tick_ = listener_.after(0, 1ms, [this] { log_.event(netkit::LogLevel::info, "first-tick", {{"loop", true}}); });
  }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    messages_.add();
    sizes_.observe(static_cast<double>(message.body.size()));
    if (message.body == "later") {
      auto reply = std::make_shared<netkit::Reply>(responder.defer());
      listener_.after(0, 1ms, [reply] { reply->finish("now"); }).detach();
      return;
    }
    responder.conversation().log(netkit::LogLevel::info, "says " + std::string(message.body));
    everybody_.send(message.body, responder.conversation());
    responder.send(std::to_string(everybody_.size()));
  }

  bool sees_events() const override { return true; }
  void on_open(const netkit::Conversation& conversation) override {
    everybody_.add(conversation);
    readers_.add(1);
    conversation.event(netkit::LogLevel::info, "joined", {{"readers", std::int64_t{1}}});
  }
  void on_close(const netkit::Conversation& /*conversation*/, const netkit::Ending& /*ending*/) override {
    readers_.add(-1);
  }

 private:
  const netkit::Listener listener_;
  netkit::Log& log_;
  const netkit::Group everybody_;
  netkit::Counter messages_;
  netkit::Gauge readers_;
  netkit::Histogram sizes_;
  netkit::Timer tick_;
};

/// Puts a text and the number of the answer in its conversation in front of each answer.
class Mark final : public netkit::Filter {
 public:
  Mark(std::shared_ptr<netkit::Handler> inner, std::string text) : Filter(std::move(inner)), text_(std::move(text)) {}

  bool sees_answers() const override { return true; }
  void on_answer(netkit::Answer& answer) override {
    Filter::on_answer(answer);
    marked_ = text_ + std::to_string(++count_) + std::string(answer.body);
    answer.body = marked_;
  }

 protected:
  bool keeps_state() const override { return true; }
  std::unique_ptr<netkit::Handler> around(std::shared_ptr<netkit::Handler> inner) const override {
    return std::make_unique<Mark>(std::move(inner), text_);
  }

 private:
  const std::string text_;
  std::string marked_;
  int count_ = 0;
};

/// Answers messages that begin with a word by itself.
class Guard final : public netkit::Filter {
 public:
  Guard(std::shared_ptr<netkit::Handler> inner, std::string word) : Filter(std::move(inner)), word_(std::move(word)) {}

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    if (message.body.substr(0, word_.size()) == word_) return responder.send("refused");
    Filter::on_message(message, responder);
  }

 protected:
  std::unique_ptr<netkit::Handler> around(std::shared_ptr<netkit::Handler> inner) const override {
    return std::make_unique<Guard>(std::move(inner), word_);
  }

 private:
  const std::string word_;
};

netkit::OptionSpec text(const char* name, const char* fallback) {
  return {.name = name, .type = netkit::OptionType::text, .fallback = fallback, .help = "the text"};
}

void enroll(netkit::Registry& registry) {
  using Inner = std::shared_ptr<netkit::Handler>;
  registry.add(netkit::HandlerType{.name = "news",
                                   .help = "tells each message to everybody",
                                   .make = [](const netkit::Options&, const netkit::HandlerContext& context) {
                                     return std::make_unique<News>(context);
                                   }});
  registry.add(netkit::FilterType{.name = "mark",
                                  .help = "marks answers",
                                  .options = {text("text", "<")},
                                  .make = [](const netkit::Options& options, const netkit::HandlerContext&,
                                             Inner inner) -> std::unique_ptr<netkit::Handler> {
                                    return std::make_unique<Mark>(std::move(inner), options.text("text"));
                                  }});
  registry.add(netkit::FilterType{.name = "guard",
                                  .help = "refuses messages",
                                  .options = {text("word", "bad")},
                                  .make = [](const netkit::Options& options, const netkit::HandlerContext&,
                                             Inner inner) -> std::unique_ptr<netkit::Handler> {
                                    if (options.text("word").empty()) throw netkit::OptionError("word", "no word");
                                    return std::make_unique<Guard>(std::move(inner), options.text("word"));
                                  }});
}

}  // namespace

NETKIT_PLUGIN("news", "1.0", enroll)

#include "answer.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "joined_body.h"
#include "json_text.h"

namespace netkit::exec {
namespace {

constexpr int kCannotRun = 126;

Attributes attributes_of(const Ending& ending) {
  Attributes attributes;
  if (ending.exit) attributes.add("exit", *ending.exit);
  if (ending.signal) attributes.add("signal", *ending.signal);
  if (ending.timed_out) attributes.add("timed_out", true);
  if (ending.truncated) attributes.add("truncated", true);
  if (!ending.error.empty()) attributes.add("error", ending.error);
  return attributes;
}

AnswerBody take(Capture& capture) {
  if (capture.on_disk()) return {.source = capture.release()};
  return {.text = capture.take_text()};
}

class PlainStyle final : public AnswerStyle {
 public:
  AnswerBody show_output(const Ending& /*ending*/, Outcome& outcome) const override {
    return take(outcome.errors.empty() ? outcome.output : outcome.errors);
  }

  AnswerBody show_error(const Ending& ending) const override { return {.text = ending.error + "\n"}; }
};

class JsonStyle final : public AnswerStyle {
 public:
  AnswerBody show_output(const Ending& ending, Outcome& outcome) const override {
    std::vector<AnswerBody> parts;
    parts.push_back({.text = beginning(ending)});
    parts.push_back(take(outcome.output));
    parts.push_back({.text = R"(","stderr":")"});
    parts.push_back(take(outcome.errors));
    parts.push_back({.text = R"("})"});
    return join(std::move(parts));
  }

  AnswerBody show_error(const Ending& ending) const override {
    JsonText error;
    std::string text = beginning(ending) + R"(","stderr":"","error":")";
    error.add(ending.error, text);
    error.end(text);
    return {.text = text + R"("})"};
  }

 private:
  static std::string number(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "null";
  }
  static std::string flag(bool value) { return value ? "true" : "false"; }

  /// Up to the text of standard output.
  static std::string beginning(const Ending& ending) {
    return R"({"exit":)" + number(ending.exit) + R"(,"signal":)" + number(ending.signal) + R"(,"timed_out":)" +
           flag(ending.timed_out) + R"(,"truncated":)" + flag(ending.truncated) + R"(,"stdout":")";
  }
};

Ending ending_of(const Outcome& outcome) {
  Ending ending;
  ending.timed_out = outcome.timed_out;
  ending.truncated = outcome.truncated;
  ending.error = outcome.problem;
  if (outcome.end == Outcome::End::killed) {
    ending.signal = outcome.value;
  } else {
    ending.exit = outcome.end == Outcome::End::lost ? kCannotRun : outcome.value;
  }
  return ending;
}

void send_error(const AnswerStyle& style, const Ending& ending, Responder& responder) {
  responder.send(style.show_error(ending).text, attributes_of(ending));
}

void send_output(const AnswerStyle& style, Ending ending, AnswerBody& body, Responder& responder) {
  try {
    if (body.source) {
      responder.stream(std::move(body.source), attributes_of(ending));
    } else {
      responder.send(body.text, attributes_of(ending));
    }
  } catch (const std::length_error& error) {
    ending.error = std::string("the output cannot be sent: ") + error.what();
    send_error(style, ending, responder);
  }
}

}  // namespace

std::unique_ptr<AnswerStyle> plain_style() { return std::make_unique<PlainStyle>(); }
std::unique_ptr<AnswerStyle> json_style() { return std::make_unique<JsonStyle>(); }

Answering make_answer(const AnswerStyle& style, Outcome outcome) {
  if (outcome.end == Outcome::End::cancelled) return [](Responder&) {};
  const Ending ending = ending_of(outcome);
  if (!ending.error.empty()) return [&style, ending](Responder& responder) { send_error(style, ending, responder); };
  const auto body = std::make_shared<AnswerBody>(style.show_output(ending, outcome));
  return [&style, ending, body](Responder& responder) { send_output(style, ending, *body, responder); };
}

void answer(const AnswerStyle& style, const Refusal& refusal, Responder& responder) {
  Ending ending;
  ending.exit = refusal.status;
  ending.error = refusal.text;
  send_error(style, ending, responder);
}

}  // namespace netkit::exec

#include "answer.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace netkit::exec {
namespace {

constexpr int kCannotRun = 126;

Header header_of(const Ending& ending) {
  Header header;
  if (ending.exit) header.add("exit", *ending.exit);
  if (ending.signal) header.add("signal", *ending.signal);
  if (ending.timed_out) header.add("timed_out", true);
  if (ending.truncated) header.add("truncated", true);
  if (!ending.error.empty()) header.add("error", ending.error);
  return header;
}

class PlainStyle final : public AnswerStyle {
 public:
  void send_output(const Ending& ending, Outcome& outcome, Responder& responder) const override {
    Capture& shown = outcome.errors.empty() ? outcome.output : outcome.errors;
    if (shown.on_disk()) {
      responder.stream(shown.release(), header_of(ending));
    } else {
      responder.send(shown.text(), header_of(ending));
    }
  }

  void send_error(const Ending& ending, Responder& responder) const override {
    responder.send(ending.error + "\n", header_of(ending));
  }
};

class JsonStyle final : public AnswerStyle {
 public:
  void send_output(const Ending& ending, Outcome& outcome, Responder& responder) const override {
    send(ending, outcome.output.text(), outcome.errors.text(), responder);
  }

  void send_error(const Ending& ending, Responder& responder) const override { send(ending, "", "", responder); }

 private:
  using Json = nlohmann::ordered_json;

  static Json number(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

  static void send(const Ending& ending, const std::string& output, const std::string& errors, Responder& responder) {
    Json body = {{"exit", number(ending.exit)},
                 {"signal", number(ending.signal)},
                 {"timed_out", ending.timed_out},
                 {"truncated", ending.truncated},
                 {"stdout", output},
                 {"stderr", errors}};
    if (!ending.error.empty()) body["error"] = ending.error;
    // U+FFFD replaces bytes that are not UTF-8, which JSON requires.
    responder.send(body.dump(-1, ' ', false, Json::error_handler_t::replace), header_of(ending));
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

}  // namespace

std::unique_ptr<AnswerStyle> plain_style() { return std::make_unique<PlainStyle>(); }
std::unique_ptr<AnswerStyle> json_style() { return std::make_unique<JsonStyle>(); }

void answer(const AnswerStyle& style, Outcome& outcome, Responder& responder) {
  if (outcome.end == Outcome::End::cancelled) return;
  Ending ending = ending_of(outcome);
  if (!ending.error.empty()) return style.send_error(ending, responder);
  try {
    style.send_output(ending, outcome, responder);
  } catch (const std::length_error& error) {
    ending.error = std::string("the output cannot be sent: ") + error.what();
    style.send_error(ending, responder);
  }
}

void answer(const AnswerStyle& style, const Refusal& refusal, Responder& responder) {
  Ending ending;
  ending.exit = refusal.status;
  ending.error = refusal.text;
  style.send_error(ending, responder);
}

}  // namespace netkit::exec

#include "exec_fixture.h"

#include <utility>

#include "config/values/option_value.h"

namespace netkit::testing {

Options shell_options() {
  Options options;
  options.set("shell", true);
  return options;
}

Options command_options(const std::string& name, std::vector<std::string> arguments) {
  Options options;
  options.set("commands", Options::Table{{name, std::move(arguments)}});
  return options;
}

void ExecFixture::serve(Options options, const Identity& server) {
  fill_defaults(plugin_.type().options, options);
  handler_ = plugin_.make(options, server);
}

Answer ExecFixture::ask(const std::string& message) {
  RecordingResponder responder;
  handler_->on_message(Message{message, {}}, responder);
  CPPUNIT_ASSERT(responder.await());
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.answers.size());
  return responder.answers.front();
}

Answer ExecFixture::ask_shell(const std::string& message) {
  serve(shell_options());
  return ask(message);
}

PendingAnswer::PendingAnswer(Handler& handler, std::string message)
    : thread_([this, &handler, text = std::move(message)] {
        handler.on_message(Message{text, {}}, responder_);
        responder_.await();
      }) {}

PendingAnswer::~PendingAnswer() {
  stop();
  if (thread_.joinable()) thread_.join();
}

const std::vector<Answer>& PendingAnswer::wait() {
  thread_.join();
  return responder_.answers;
}

}  // namespace netkit::testing

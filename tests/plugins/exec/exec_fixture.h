#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "netkit/account.h"
#include "processes.h"
#include "support/plugin_handler.h"
#include "support/recording_responder.h"

namespace netkit::testing {

Options shell_options();
/// One command of that name.
Options command_options(const std::string& name, std::vector<std::string> arguments);

/// The built plugin, and one handler at a time.
class ExecFixture : public CppUnit::TestFixture {
 public:
  /// Every fixture lives until the program ends: its handler must not, nor the launcher with it.
  void tearDown() override { serve_no_more(); }

 protected:
  /// Makes the handler; options that are not given have their defaults.
  void serve(Options options, const Identity& server = current_identity());

  /// Ends the handler.
  void serve_no_more() { handler_.reset(); }

  /// The one answer to a message.
  Answer ask(const std::string& message);
  /// The same, with /bin/sh and defaults.
  Answer ask_shell(const std::string& message);

  PluginHandler& plugin() { return plugin_; }
  Handler& handler() { return *handler_; }

 private:
  PluginHandler plugin_{"exec"};
  std::unique_ptr<Handler> handler_;
};

/// A message that a thread of its own waits for.
class PendingAnswer {
 public:
  PendingAnswer(Handler& handler, std::string message);
  /// Cancels the command if it still runs.
  ~PendingAnswer();

  void stop() { responder_.stop.request_stop(); }
  const std::vector<Answer>& wait();

 private:
  RecordingResponder responder_;
  std::thread thread_;
};

}  // namespace netkit::testing

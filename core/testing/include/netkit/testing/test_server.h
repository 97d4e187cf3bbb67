#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "netkit/testing/test_conversation.h"
#include "netkit/testing/test_upstream.h"
#include "netkit/testing/types.h"

namespace netkit::testing {

class ServerState;

/// A filter of the listener, by its type's name.
struct FilterUse {
  std::string name;    ///< As a config names it.
  Settings options{};  ///< As a config writes them.
};

/// What a listener has besides its handler.
struct ServerSetup {
  Options more{};                    ///< Options of the handler that have no text: tables, framings, targets.
  std::vector<FilterUse> filters{};  ///< The first is the outermost.
  /// Not empty: the conversations are bytes of this framing, and what TestConversation says and receives is framed by
  /// it. Empty: they are messages as they are.
  Framing framing{};
  std::string plugin_file{};    ///< As HandlerContext::plugin_file, for what lies beside the plugin.
  std::size_t loops = 1;        ///< Conversations are given to them in turn; all run on the test's thread.
  bool worker_threads = false;  ///< True: a call that may block runs on a thread of its own; false: on the test's.
  std::size_t output_limit = std::size_t{1} << 20;  ///< As limits.output.
  bool tls = true;  ///< The listener has `tls`: handlers whose type says `starts_tls` can start it.
  std::chrono::milliseconds patience{10000};  ///< The longest wait for other threads, in real time.
};

/// A listener without a network, for tests of handlers and filters. It runs the server's own conversations, with a
/// clock that the test moves. Everything of it is used by the thread of the test; handlers and their handles may use
/// other threads as in the server. What handlers are called for happens within the calls below and those of
/// TestConversation and TestUpstream.
///
/// Not simulated: UDP, limits, deadlines of connections, and of TLS all but its beginning.
class TestServer {
 public:
  /// Makes a handler of what `enroll` adds. The handler `echo`, for tests of filters, is there in any case. Throws
  /// std::invalid_argument for names and options that a config could not have, and what the handler's make() throws.
  TestServer(const Enroll& enroll, const std::string& handler, const Settings& options = {}, ServerSetup setup = {});
  /// Ends the conversations with `shutdown`, waits for the calls on other threads, destroys the handler.
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  /// A peer connects: the handler's on_open() has returned when this returns.
  TestConversation connect(Peer peer = {.host = "192.0.2.7", .port = 4711});

  /// The onward connection that the handler has opened next. Throws TestFailure if it has opened none.
  TestUpstream upstream();

  /// Moves the clock: timers that come due run in their order, each at its time.
  void advance(std::chrono::nanoseconds by);

  /// Runs what other threads have asked for by now.
  void settle();
  /// Runs what other threads ask for until `condition` holds. False if it does not within ServerSetup::patience.
  bool wait_until(const std::function<bool()>& condition);

  /// The listener's handler, the outermost filter if there are any.
  Handler& handler();
  /// The lines in the log: "warning: text", or "warning: event name=value name=value".
  std::vector<std::string> log() const;
  /// A counter or gauge of the handler by its name; 0 if it has none of that name.
  std::int64_t metric(const std::string& name) const;

 private:
  std::unique_ptr<ServerState> state_;
};

}  // namespace netkit::testing

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/testing/test_message.h"
#include "netkit/upstream.h"

namespace netkit::testing {

class UpstreamState;

/// An onward connection as the target sees it, played by the test. Messages pass as they are, without the target's
/// framing. Copies are handles of the same. The test's thread.
class TestUpstream {
 public:
  /// Made by TestServer::upstream().
  explicit TestUpstream(std::shared_ptr<UpstreamState> state) : state_(std::move(state)) {}

  /// The name of the target that the handler has asked for.
  const std::string& target() const;

  /// The target takes the connection: on_connect().
  void accept();
  /// It does not: on_close() with `connect-failed`, or another reason.
  void fail(std::string_view reason = "connect-failed", std::string_view detail = "Connection refused");

  /// The target sends a message. It waits while the handler has paused the connection.
  void say(std::string_view body, const Attributes& attributes = kNoAttributes);
  /// The target sends nothing more, but still reads: on_end().
  void end();
  /// The target closes: on_close() with `peer-closed`.
  void close();

  /// The next message from the handler. Throws TestFailure if there is none.
  TestMessage receive();
  /// The body of the same.
  std::string receive_body() { return receive().body; }

  /// From now on the handler's send() returns false, until it is told on_writable() by drain().
  void fill();
  /// It has room again: on_writable().
  void drain();

  /// False once either side has closed it, or the conversation that it belongs to has ended.
  bool open() const;
  /// The handler sends nothing more.
  bool ended() const;

 private:
  std::shared_ptr<UpstreamState> state_;
};

/// A target for an option of that type, see ServerSetup::more.
inline Target test_target(std::string name, Framing framing = {}) {
  return {std::move(name), std::move(framing), nullptr};
}

}  // namespace netkit::testing

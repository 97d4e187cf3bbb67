#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/conversation.h"
#include "netkit/framing.h"
#include "netkit/message.h"

namespace netkit {

/// What the server knows of a target besides its name: address, TLS, time to connect. Opaque to plugins.
class TargetCore {
 public:
  virtual ~TargetCore() = default;
};

/// Where an onward connection goes to: an option of the type `target`, checked with the config, never taken from a
/// peer. Copyable, any thread.
class Target {
 public:
  /// No target.
  Target() = default;
  /// For whoever reads options, and for tests.
  Target(std::string name, Framing framing, std::shared_ptr<const TargetCore> core)
      : name_(std::move(name)), framing_(std::move(framing)), core_(std::move(core)) {}

  /// A target that is a descriptor the plugin brings, for one connection, which closes it: a stream socket, such as one
  /// end of a socket pair to a program; a SOCK_SEQPACKET socket, of which each packet is read by itself; or one end of
  /// a pipe, whose connection only receives or only sends. Behind end() or on_end() that is closed with `peer-closed`.
  static Target of_descriptor(int descriptor, std::string name, Framing framing) {
    Target target(std::move(name), std::move(framing), nullptr);
    target.descriptor_ = descriptor;
    return target;
  }

  const std::string& name() const { return name_; }                        ///< For logs.
  const Framing& framing() const { return framing_; }                      ///< Of both directions.
  const std::shared_ptr<const TargetCore>& core() const { return core_; }  ///< For whoever connects.
  int descriptor() const { return descriptor_; }                           ///< -1 for a target that is an address.

 private:
  std::string name_;
  Framing framing_;
  std::shared_ptr<const TargetCore> core_;
  int descriptor_ = -1;
};

/// What happens on an onward connection. Every call comes on its loop, none before connect() has returned; for a
/// conversation's connection none overlaps another call for that conversation. An exception ends the connection
/// (`handler-failed`).
///
/// A connection ends with its conversation, or its listener's handler, and then without a call: the handler hears of
/// that end itself. The other end sees a reset, so that it cannot take what was cut for the whole; only what close() or
/// end() was called behind, in Handler::on_close() at the latest, still leaves in order.
class UpstreamHandler {
 public:
  virtual ~UpstreamHandler() = default;
  /// The connection is there, TLS included. What was sent before leaves now.
  virtual void on_connect(const Upstream& /*upstream*/) {}
  /// The other end has sent a message, which lasts until this returns.
  virtual void on_message(const Upstream& upstream, const Message& message) = 0;
  /// The other end sends nothing more, but may still read: the connection lasts until end() or close(). Waits for
  /// resume() as messages do.
  virtual void on_end(const Upstream& /*upstream*/) {}
  /// Less than half of the bound waits for the other end again, after send() has returned false.
  virtual void on_writable(const Upstream& /*upstream*/) {}
  /// The last call. `reason`: `closed` by close(); `peer-closed`: both sides have ended; `connect-failed`,
  /// `connect-timeout`, `tls-failed`; `peer-reset`, `peer-cut`, `malformed`; `write-stall`: the other end took nothing
  /// for 30 s after close(); `handler-failed`; `out-of-resources`. `detail` says more where there is more to say.
  virtual void on_close(const Upstream& /*upstream*/, std::string_view /*reason*/, std::string_view /*detail*/) {}
};

/// What an Upstream holds; implemented by the server and by netkit::testing. Every call may come from any thread.
class UpstreamCore {
 public:
  virtual ~UpstreamCore() = default;
  /// As Upstream's functions of these names.
  /// @{
  virtual bool open() const noexcept = 0;
  virtual std::size_t waiting() const noexcept = 0;
  virtual bool send(SharedBody body, const Attributes& attributes) = 0;
  virtual void end() = 0;
  virtual void close() = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  /// @}
};

/// A handle of an onward connection. It may be copied, kept and used by any thread. What is sent during one turn of the
/// loop leaves in one write.
class Upstream {
 public:
  /// A handle of no connection, which is not open.
  Upstream() = default;
  /// For whoever implements connections.
  explicit Upstream(std::shared_ptr<UpstreamCore> core) : core_(std::move(core)) {}

  /// True from connect() until on_close().
  bool open() const noexcept { return core_ && core_->open(); }
  /// Sends one message; before on_connect() it waits. False if the connection is gone, if end() or close() was called,
  /// or if 1 MiB waits already: the message is not sent, and on_writable() tells when to go on. A message that the
  /// framing cannot carry ends the connection with `handler-failed`. Over UDP each message is a datagram.
  bool send(std::string_view body, const Attributes& attributes = kNoAttributes) const {
    return core_ && core_->send(std::make_shared<const std::string>(body), attributes);
  }
  /// The same without a copy of the body.
  bool send(SharedBody body, const Attributes& attributes = kNoAttributes) const {
    return core_ && core_->send(std::move(body), attributes);
  }
  /// How many bytes wait for the other end, about.
  std::size_t waiting() const noexcept { return core_ ? core_->waiting() : 0; }

  /// Sends the end of this side behind all that was sent; the other side goes on.
  void end() const {
    if (core_) core_->end();
  }
  /// Sends what waits, then closes. on_close() follows.
  void close() const {
    if (core_) core_->close();
  }

  /// Reads nothing more until resume(): the other end is held back. Called in on_message(), no other follows it.
  void pause() const {
    if (core_) core_->pause();
  }
  /// Reads again, what has come meanwhile first.
  void resume() const {
    if (core_) core_->resume();
  }

 private:
  std::shared_ptr<UpstreamCore> core_;
};

inline Upstream Conversation::connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) const {
  return core_ ? core_->connect(target, std::move(handler)) : Upstream();
}

}  // namespace netkit

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "netkit/plugin.h"

namespace netkit::lua {

class ScriptSession;

/// An onward connection that a script has opened for a session. What comes is kept, one message at a time, until the
/// script asks for it. On the loop of the session.
class Link final : public UpstreamHandler {
 public:
  struct Kept {
    std::string body;
    Attributes attributes;
  };

  explicit Link(Conversation conversation) : conversation_(std::move(conversation)) {}

  /// `self` is this link; `session` must last until drop().
  static void open(const std::shared_ptr<Link>& self, const Target& target, ScriptSession& session) {
    self->session_ = &session;
    self->upstream_ = self->conversation_.connect(target, self);
  }
  /// The session ends, or the script has forgotten the link.
  void drop() {
    session_ = nullptr;
    upstream_.close();
  }

  const ScriptSession* session() const { return session_; }
  const Upstream& upstream() const { return upstream_; }
  bool connected() const { return connected_; }
  bool ended() const { return !end_.empty(); }
  /// Why it has ended.
  const std::string& end() const { return end_; }
  bool has_message() const { return !kept_.empty(); }
  Kept take();

  /// The call of the session that waits for what comes next is told by ScriptSession::wake().
  void wait(std::uint64_t wait_number) { waiter_ = wait_number; }
  void wait_no_more() { waiter_ = 0; }
  bool awaited() const { return waiter_ != 0; }

  void on_connect(const Upstream& upstream) override;
  void on_message(const Upstream& upstream, const Message& message) override;
  void on_end(const Upstream& upstream) override;
  void on_close(const Upstream& upstream, std::string_view reason, std::string_view detail) override;

 private:
  void tell();

  const Conversation conversation_;
  ScriptSession* session_ = nullptr;
  Upstream upstream_;
  std::deque<Kept> kept_;
  std::string end_;
  bool connected_ = false;
  std::uint64_t waiter_ = 0;  // 0: none
};

}  // namespace netkit::lua

#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "pool/exchange.h"
#include "settings.h"

namespace netkit::process {

/// Talks in json-header: a header says which session a message is of, and what has happened. The program answers each
/// message with none or many, in its own time, and sends unasked.
class RichExchange final : public Exchange {
 public:
  explicit RichExchange(const Settings& settings) : settings_(settings), encoder_(settings.framing) {}

  void ask(Inbox::Item& item, std::string_view body, Buffer& out) override;
  void on_output(const Message& message) override;
  void fail(std::string_view why) override;
  std::size_t waiting() const override { return waiting_; }
  std::size_t sessions() const override { return sessions_.size(); }

 private:
  struct Session {
    Conversation conversation;
    std::deque<Reply> asked{};
  };

  Session& open(const Conversation& conversation, Buffer& out);
  void send(Session& session, const Message& message);
  void finish_one(Session& session);

  const Settings& settings_;
  MessageEncoder encoder_;
  std::unordered_map<std::uint64_t, Session> sessions_;
  std::uint64_t newest_ = 0;  // session
  std::size_t waiting_ = 0;
};

}  // namespace netkit::process

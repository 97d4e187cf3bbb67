#pragma once

#include <deque>

#include "pool/exchange.h"
#include "settings.h"

namespace netkit::process {

/// The n-th message out of a program answers the n-th into it.
class PairedExchange final : public Exchange {
 public:
  explicit PairedExchange(const Settings& settings) : settings_(settings), encoder_(settings.framing) {}

  void ask(Inbox::Item& item, std::string_view body, Buffer& out) override;
  void on_output(const Message& message) override;
  void fail(std::string_view why) override;
  std::size_t waiting() const override { return waiting_.size(); }

 private:
  const Settings& settings_;
  MessageEncoder encoder_;
  std::deque<Reply> waiting_;
};

}  // namespace netkit::process

#pragma once

#include <stdexcept>

#include "netkit/handler.h"

namespace netkit::testing {

/// The base of responders that stand in for one kind of host: of no conversation, and refusing what a test does not
/// expect its handler to ask.
class BareResponder : public Responder {
 public:
  void close() override {}
  Peer peer() const override { return {}; }
  Reply defer() override { throw std::logic_error("not to be deferred here"); }
  Conversation conversation() override { return {}; }
  void use_framing(const Framing& /*framing*/) override { throw std::logic_error("no other framing here"); }
  void start_tls() override { throw std::logic_error("no TLS here"); }

 protected:
  std::span<char> open(std::size_t /*size*/) override { throw std::logic_error("not to be written to here"); }
  void finish() override {}
};

}  // namespace netkit::testing

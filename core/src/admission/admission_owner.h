#pragma once

#include <memory>

#include "admission/peer_address.h"
#include "session/close_reason.h"

namespace netkit {

/// What an Admission is a part of: hears what it decides, and lives as long as its permits. `detail` names the rule or
/// limit, and is a literal. Thread-safe.
class AdmissionOwner {
 public:
  virtual ~AdmissionOwner() = default;

  /// Holds the owner, and with it the Admission.
  virtual std::shared_ptr<void> hold() = 0;

  /// A limit was reached, and is held to if `enforced`; else, in a dry run, the peer is served all the same.
  virtual void on_limit_reached(const PeerAddress& peer, CloseReason reason, const char* detail, bool enforced) = 0;
  /// A connection was not let in.
  virtual void on_connection_refused(const PeerAddress& peer, CloseReason reason, const char* detail) = 0;
  /// A datagram was not let in: denied, rate_limit or over_limit.
  virtual void on_datagram_refused(const PeerAddress& peer, CloseReason reason, const char* detail) = 0;
};

}  // namespace netkit

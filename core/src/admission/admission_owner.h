#pragma once

#include <memory>

#include "admission/admission_rule.h"
#include "admission/peer_address.h"
#include "session/close_reason.h"

namespace netkit {

/// What an Admission is a part of: hears what it decides, and lives as long as its permits. Thread-safe.
class AdmissionOwner {
 public:
  virtual ~AdmissionOwner() = default;

  /// Holds the owner, and with it the Admission.
  virtual std::shared_ptr<void> hold() = 0;

  /// A limit was reached, and is held to if `enforced`; else, in a dry run, the peer is served all the same.
  virtual void on_limit_reached(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule,
                                bool enforced) = 0;
  /// Connections have come that are not accepted for now.
  virtual void on_arrivals_wait(const AdmissionRule& rule) = 0;
  /// A connection was not let in.
  virtual void on_connection_refused(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) = 0;
  /// A datagram was not let in: denied, rate_limit or over_limit.
  virtual void on_datagram_refused(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) = 0;
};

}  // namespace netkit

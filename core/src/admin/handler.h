#pragma once

#include <memory>
#include <string>
#include <utility>

#include "admin/administration.h"
#include "admin/guard.h"
#include "netkit/handler.h"

namespace netkit {

/// Answers the requests to the admin endpoint, whose framing is `http`. Keeps no state: one object for all connections
/// of an address.
class AdminHandler final : public Handler {
 public:
  /// `metrics_only`: /metrics, /healthz and /readyz, nothing else. `administration` outlives the handler.
  AdminHandler(Administration& administration, AdminGuard guard, bool metrics_only)
      : administration_(administration), guard_(std::move(guard)), metrics_only_(metrics_only) {}

  void on_message(const Message& message, Responder& responder) override;

 private:
  bool answer_health(const AdminRequest& request, Responder& responder) const;
  bool answer_view(const AdminRequest& request, Responder& responder) const;
  void list_plugins(Responder& responder) const;
  void list_sessions(const AdminRequest& request, Responder& responder) const;
  void act(const AdminRequest& request, Responder& responder) const;

  Administration& administration_;
  const AdminGuard guard_;
  const bool metrics_only_;
};

}  // namespace netkit

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/request.h"

namespace netkit {

/// Why a request is not answered.
struct AdminRefusal {
  int status;
  std::string reason;
};

/// Decides who may ask what of the admin endpoint, by the request alone. A page in the operator's browser must not
/// reach it: neither by a name that its owner points at this machine (DNS rebinding), nor by a form or a script
/// (cross-site request forgery). Immutable, thread-safe.
class AdminGuard {
 public:
  /// For a Unix socket: its file's mode says who may connect. Only pages of other origins are refused.
  AdminGuard() = default;
  /// For a TCP address. `hosts`: names besides localhost and numeric addresses by which clients may call the server.
  /// `token`: what a change has to bring; without one nothing can be changed.
  AdminGuard(std::vector<std::string> hosts, std::optional<std::string> token)
      : tcp_(true), hosts_(std::move(hosts)), token_(std::move(token)) {}

  /// Nothing if the request may be answered.
  std::optional<AdminRefusal> refusal(const AdminRequest& request) const;

 private:
  bool knows_host(std::string_view host) const;
  std::optional<AdminRefusal> unix_refusal(const AdminRequest& request) const;
  std::optional<AdminRefusal> token_refusal(const AdminRequest& request) const;

  bool tcp_ = false;
  std::vector<std::string> hosts_{};
  std::optional<std::string> token_{};
};

}  // namespace netkit

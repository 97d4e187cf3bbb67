#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "netkit/message.h"

namespace netkit {

/// One HTTP request as the admin endpoint reads it. Owns its texts.
struct AdminRequest {
  std::string method{};
  std::string path{};                          ///< Without the query, percent-decoded.
  std::map<std::string, std::string> query{};  ///< Percent-decoded; the last of a name counts.
  std::string host{};                          ///< As the client named it.
  std::optional<std::string> origin{};         ///< Of a browser's page.
  std::optional<std::string> fetch_site{};     ///< Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/).
  std::optional<std::string> token{};          ///< Of `Authorization: Bearer`.

  /// True for a method that changes nothing.
  bool reads() const { return method == "GET" || method == "HEAD"; }
  /// The value of a parameter; empty without it.
  std::string parameter(const std::string& name) const;
};

/// Reads what the framing `http` has found. Nothing if an escape is malformed.
std::optional<AdminRequest> read_admin_request(const Message& message);

}  // namespace netkit

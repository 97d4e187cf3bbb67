#include "admin/guard.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace netkit {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr const char* kForeign = "not for pages of other origins";

/// The name or address in `name`, `name:port` or `[v6]:port`.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, std::min(host.find(']'), host.size()) - 1);
  return host.substr(0, std::min(host.rfind(':'), host.size()));
}

/// No DNS name can be rebound to an address that was typed in.
bool is_numeric(std::string_view text) {
  const std::string host(text);
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool same_name(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

/// Takes as long wherever the first difference is, so that a token cannot be guessed piece by piece.
bool same_token(std::string_view one, std::string_view other) {
  unsigned char difference = one.size() == other.size() ? 0 : 1;
  for (std::size_t i = 0; i < one.size(); ++i) {
    difference |= static_cast<unsigned char>(one[i] ^ (other.empty() ? '\0' : other[i % other.size()]));
  }
  return difference == 0;
}

/// The host and port of an origin such as `https://host:port`.
std::string_view origin_host(std::string_view origin) {
  const std::size_t slashes = origin.find("://");
  return slashes == std::string_view::npos ? std::string_view() : origin.substr(slashes + 3);
}

bool comes_from_elsewhere(const AdminRequest& request) {
  if (request.origin && !same_name(origin_host(*request.origin), request.host)) return true;
  return request.fetch_site && *request.fetch_site != "same-origin" && *request.fetch_site != "none";
}

}  // namespace

bool AdminGuard::knows_host(std::string_view host) const {
  const std::string_view name = without_port(host);
  if (same_name(name, "localhost") || is_numeric(name)) return true;
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& known) { return same_name(name, known); });
}

std::optional<AdminRefusal> AdminGuard::refusal(const AdminRequest& request) const {
  if (!tcp_) return unix_refusal(request);
  if (!knows_host(request.host)) {
    return AdminRefusal{kForbidden, "unknown host; 'hosts' of the section 'admin' lists the names to answer to"};
  }
  if (comes_from_elsewhere(request)) return AdminRefusal{kForbidden, kForeign};
  return request.reads() ? std::nullopt : token_refusal(request);
}

/// A browser reaches a Unix socket through a port that ssh forwards to it. Names that have no dot cannot be bought.
std::optional<AdminRefusal> AdminGuard::unix_refusal(const AdminRequest& request) const {
  const bool may_be_rebound = request.host.find('.') != std::string::npos && !knows_host(request.host);
  if (may_be_rebound || comes_from_elsewhere(request)) return AdminRefusal{kForbidden, kForeign};
  return std::nullopt;
}

std::optional<AdminRefusal> AdminGuard::token_refusal(const AdminRequest& request) const {
  if (!token_) return AdminRefusal{kUnauthorized, "a change needs a token, and the config names no 'token_file'"};
  if (!request.token) return AdminRefusal{kUnauthorized, "a change needs 'Authorization: Bearer TOKEN'"};
  if (!same_token(*request.token, *token_)) return AdminRefusal{kUnauthorized, "this is not the token"};
  return std::nullopt;
}

}  // namespace netkit

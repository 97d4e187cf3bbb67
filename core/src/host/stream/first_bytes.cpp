#include "host/stream/first_bytes.h"

#include <algorithm>
#include <string>

namespace netkit {
namespace {

/// The methods of the IANA registry, each between spaces.
constexpr std::string_view kMethods =
    " ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY "
    "MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT QUERY "
    "REBIND REPORT SEARCH TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL ";
constexpr std::size_t kLongestMethod = 17;

/// `bytes` are behind the target and its space.
FirstBytes judge_version(std::string_view bytes) {
  constexpr std::string_view kPattern = "HTTP/0.0";  // 0: any digit
  const auto fits = [](char found, char wanted) {
    return wanted == '0' ? found >= '0' && found <= '9' : found == wanted;
  };
  const std::string_view version = bytes.substr(0, kPattern.size());
  if (!std::equal(version.begin(), version.end(), kPattern.begin(), fits)) return FirstBytes::unknown;
  if (bytes.size() <= kPattern.size()) return FirstBytes::undecided;
  const char end = bytes[kPattern.size()];
  return end == '\r' || end == '\n' ? FirstBytes::http_request : FirstBytes::unknown;
}

/// `bytes` are behind the method and its space.
FirstBytes judge_target(std::string_view bytes) {
  const auto ends = [](char byte) { return static_cast<unsigned char>(byte) <= ' ' || byte == '\x7f'; };
  const auto end = std::find_if(bytes.begin(), bytes.end(), ends);
  if (end == bytes.end()) return FirstBytes::undecided;
  if (end == bytes.begin() || *end != ' ') return FirstBytes::unknown;
  return judge_version(bytes.substr(static_cast<std::size_t>(end - bytes.begin()) + 1));
}

FirstBytes judge_request_line(std::string_view bytes) {
  const std::size_t space = bytes.find(' ');
  if (std::min(space, bytes.size()) > kLongestMethod) return FirstBytes::unknown;
  const std::string word = ' ' + std::string(bytes.substr(0, space + 1));
  if (kMethods.find(word) == std::string_view::npos) return FirstBytes::unknown;
  if (space == std::string_view::npos) return FirstBytes::undecided;
  const std::string_view target = bytes.substr(space + 1);
  const FirstBytes found = judge_target(target);
  if (found != FirstBytes::undecided || bytes.size() < kMostRequestLine) return found;
  return target.starts_with('/') || target.starts_with("http") ? FirstBytes::http_request : FirstBytes::unknown;
}

bool is_tls_hello(std::string_view bytes) {
  constexpr std::size_t kType = 5;  // behind the header of a TLS record: content type 22, version 3.x, length
  return bytes.size() > kType && bytes.starts_with("\x16\x03") && bytes[kType] == '\x01';
}

}  // namespace

FirstBytes judge_first_bytes(std::string_view bytes) {
  if (bytes.empty()) return FirstBytes::undecided;
  if (is_tls_hello(bytes)) return FirstBytes::tls_hello;
  if (bytes.starts_with("SSH-")) return FirstBytes::ssh_banner;
  if (bytes.front() < 'A' || bytes.front() > 'Z') return FirstBytes::unknown;
  return judge_request_line(bytes.substr(0, kMostRequestLine));
}

const char* to_string(FirstBytes protocol) {
  switch (protocol) {
    case FirstBytes::http_request:
      return "an HTTP request";
    case FirstBytes::tls_hello:
      return "a TLS hello, but this listener is plain";
    case FirstBytes::ssh_banner:
      return "an SSH banner, but this listener does not speak SSH";
    case FirstBytes::undecided:
    case FirstBytes::unknown:
      break;
  }
  return "an unknown protocol";
}

std::string_view first_line_of(std::string_view bytes) { return bytes.substr(0, bytes.find_first_of("\r\n")); }

}  // namespace netkit

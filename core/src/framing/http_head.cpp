#include "framing/http_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace netkit {
namespace {

constexpr int kBadRequest = 400;
constexpr int kTooLarge = 413;
constexpr int kTooManyFields = 431;
constexpr int kNotImplemented = 501;
constexpr int kVersionNotSupported = 505;
constexpr std::size_t kMostFields = 100;
constexpr std::size_t kLongestMethod = 32;

constexpr std::pair<int, std::string_view> kStatusTexts[] = {
    {100, "Continue"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

/// Fields that this framing reads and writes itself.
constexpr std::string_view kOwnFields[] = {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"};

/// A character of a token (RFC 9110, 5.6.2).
bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

/// Printable bytes, those over 127 included, spaces and tabs (RFC 9110, 5.5).
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

bool is_target(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// True if a list of tokens, such as the value of Connection, has this one.
bool lists(std::string_view value, std::string_view token) {
  const std::string lower = lowered(value);
  for (std::string_view rest = lower; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (trimmed(rest.substr(0, comma)) == token) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

/// Reads one head. Each function returns what is wrong, if anything.
class HeadParser {
 public:
  explicit HeadParser(HttpHead& head) : head_(head) {}

  HttpRefusal parse(std::string_view bytes) {
    HttpRefusal refusal = start_line(next_line(bytes));
    for (std::size_t fields = 0; refusal.status == 0; ++fields) {
      const std::string_view line = next_line(bytes);
      if (line.empty()) return whole();
      if (fields == kMostFields) return {kTooManyFields, "more than 100 header fields"};
      refusal = field(line);
    }
    return refusal;
  }

 private:
  static std::string_view next_line(std::string_view& bytes) {
    const std::size_t end = std::min(bytes.find("\r\n"), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 2, bytes.size()));
    return line;
  }

  HttpRefusal start_line(std::string_view line) {
    head_.response = line.starts_with("HTTP/");
    return head_.response ? status_line(line) : request_line(line);
  }

  HttpRefusal request_line(std::string_view line) {
    const std::size_t first = std::min(line.find(' '), line.size());
    const std::size_t second = std::min(line.find(' ', first + 1), line.size());
    const std::string_view method = line.substr(0, first);
    if (!is_token(method) || method.size() > kLongestMethod || second >= line.size())
      return {kBadRequest, "no HTTP request line"};
    const std::string_view target = line.substr(first + 1, second - first - 1);
    if (!is_target(target)) return {kBadRequest, "no HTTP request target"};
    head_.attributes.add(std::string(kHttpMethod), std::string(method));
    head_.attributes.add(std::string(kHttpPath), std::string(target));
    return version(line.substr(second + 1));
  }

  HttpRefusal status_line(std::string_view line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view rest = line.substr(std::min(space + 1, line.size()));
    const std::string_view digits = rest.substr(0, 3);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), head_.status);
    const bool whole = error == std::errc() && end == digits.data() + 3 && head_.status >= 100;
    if (!whole || (rest.size() > 3 && rest[3] != ' ')) return {kBadRequest, "no HTTP status"};
    head_.attributes.add(std::string(kHttpStatus), std::int64_t{head_.status});
    return version(line.substr(0, space));
  }

  HttpRefusal version(std::string_view text) {
    minor_ = text == "HTTP/1.1" ? 1 : 0;
    head_.keep_alive = minor_ == 1;
    if (minor_ == 1 || text == "HTTP/1.0") return {};
    if (text.starts_with("HTTP/")) return {kVersionNotSupported, "HTTP/1.0 or HTTP/1.1 expected"};
    return {kBadRequest, "no HTTP request line"};
  }

  HttpRefusal field(std::string_view line) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view value = trimmed(line.substr(std::min(colon + 1, line.size())));
    if (colon == line.size() || !is_token(line.substr(0, colon))) return {kBadRequest, "no HTTP header field"};
    if (!is_field_value(value)) return {kBadRequest, "a control character in a header field"};
    std::string name = lowered(line.substr(0, colon));
    if (name == "content-length") return content_length(value);
    if (name == "transfer-encoding") return {kNotImplemented, "transfer codings are not supported"};
    if (name == "connection") {
      closes_ |= lists(value, "close");
      keeps_ |= lists(value, "keep-alive");
    } else if (name == "expect") {
      if (lowered(value) != "100-continue") return {kBadRequest, "unknown expectation"};
      head_.expects_continue = true;
    } else if (name != "keep-alive") {
      if (name == "host") ++hosts_;
      head_.attributes.add(std::move(name), std::string(value));
    }
    return {};
  }

  HttpRefusal content_length(std::string_view value) {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error == std::errc::result_out_of_range) return {kTooLarge, "content-length over 64 bits"};
    if (error != std::errc() || end != value.data() + value.size()) return {kBadRequest, "content-length is no number"};
    if (head_.content_length && *head_.content_length != length) return {kBadRequest, "two lengths that differ"};
    head_.content_length = length;
    return {};
  }

  HttpRefusal whole() {
    head_.keep_alive = !closes_ && (minor_ == 1 || keeps_);
    if (head_.response) return {};
    if (hosts_ > 1 || (hosts_ == 0 && minor_ == 1)) return {kBadRequest, "one host expected"};
    if (minor_ == 0) head_.expects_continue = false;  // RFC 9110, 10.1.1
    return {};
  }

  HttpHead& head_;
  int minor_ = 1;
  int hosts_ = 0;
  bool closes_ = false;
  bool keeps_ = false;
};

/// The value as it stands in a field; nothing for null.
std::string text_of(const AttributeValue& value) {
  return std::visit(
      [](const auto& one) -> std::string {
        using Value = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Value, std::string>) {
          return one;
        } else if constexpr (std::is_same_v<Value, bool>) {
          return one ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, std::nullptr_t>) {
          return "";
        } else {
          std::array<char, 32> digits{};  // longer than any number
          return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), one).ptr};
        }
      },
      value);
}

bool is_own(std::string_view name) {
  return std::find(std::begin(kOwnFields), std::end(kOwnFields), name) != std::end(kOwnFields);
}

}  // namespace

HttpRefusal parse_http_head(std::string_view bytes, HttpHead& head) {
  head = {};
  return HeadParser(head).parse(bytes);
}

std::string_view http_status_text(int status) {
  const auto* const found = std::find_if(std::begin(kStatusTexts), std::end(kStatusTexts),
                                         [&](const auto& known) { return known.first == status; });
  return found == std::end(kStatusTexts) ? std::string_view() : found->second;
}

std::string http_refusal_text(const HttpRefusal& refusal) {
  const std::string body = refusal.reason + "\n";
  return "HTTP/1.1 " + std::to_string(refusal.status) + " " + std::string(http_status_text(refusal.status)) +
         "\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void append_http_fields(const Attributes& attributes, Buffer& out) {
  std::string text;
  for (const auto& [given, value] : attributes) {
    const std::string name = lowered(given);
    if (name.starts_with(':') || is_own(name) || std::holds_alternative<std::nullptr_t>(value)) continue;
    const std::string written = text_of(value);
    if (!is_token(name) || !is_field_value(written))
      throw std::length_error("'" + name + "' fits no HTTP header field");
    text.append(name).append(": ").append(written).append("\r\n");
  }
  out.append(text);
}

}  // namespace netkit

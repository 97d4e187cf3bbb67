#include "admin/request.h"

#include <algorithm>
#include <utility>

#include "framing/http_head.h"
#include "netkit/attributes.h"

namespace netkit {
namespace {

constexpr std::string_view kBearer = "bearer ";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// RFC 3986, 2.1. Nothing if a percent sign begins no escape, or stands for a control character.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || high * 16 + low < ' ') return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

bool read_query(std::string_view text, std::map<std::string, std::string>& query) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    const std::size_t sign = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = decoded(pair.substr(0, sign));
    std::optional<std::string> value = decoded(pair.substr(std::min(sign + 1, pair.size())));
    if (!name || !value) return false;
    if (!name->empty()) query.insert_or_assign(std::move(*name), std::move(*value));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

std::optional<std::string> field(const Attributes& attributes, std::string_view name) {
  const std::string* text = attributes.text(name);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<std::string> bearer_token(const Attributes& attributes) {
  const std::string* text = attributes.text("authorization");
  if (text == nullptr || text->size() < kBearer.size()) return std::nullopt;
  const auto same = [](char a, char b) { return (a | ' ') == b; };
  if (!std::equal(kBearer.begin(), kBearer.end(), text->begin(), [&](char b, char a) { return same(a, b); }))
    return std::nullopt;
  return text->substr(kBearer.size());
}

}  // namespace

std::string AdminRequest::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::optional<AdminRequest> read_admin_request(const Message& message) {
  const Attributes& attributes = message.attributes == nullptr ? kNoAttributes : *message.attributes;
  AdminRequest request{.method = field(attributes, kHttpMethod).value_or(""),
                       .host = field(attributes, "host").value_or(""),
                       .origin = field(attributes, "origin"),
                       .fetch_site = field(attributes, "sec-fetch-site"),
                       .token = bearer_token(attributes)};
  const std::string target = field(attributes, kHttpPath).value_or("");
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::optional<std::string> path = decoded(std::string_view(target).substr(0, mark));
  if (!path) return std::nullopt;
  request.path = std::move(*path);
  if (mark < target.size() && !read_query(std::string_view(target).substr(mark + 1), request.query))
    return std::nullopt;
  return request;
}

}  // namespace netkit

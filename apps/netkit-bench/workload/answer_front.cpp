#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>

#include "framing/json_header.h"
#include "netkit-bench/workload/answer_stream.h"

namespace netkit::bench {
namespace {

using Status = Decoded::Status;

class JsonFront final : public FrontReader {
 public:
  explicit JsonFront(const Options& options) : reader_(options) {}

  Front read(std::string_view bytes) override {
    const JsonHeaderReader::Front front = reader_.read(bytes);
    if (front.status == Status::malformed) return {.status = front.status, .reason = front.reason};
    if (front.status == Status::need_more) return {};
    reader_.next();
    if (reports_error(front.header)) {
      reason_ = "the answer reports an error: " + std::string(front.header);
      return {.status = Status::malformed, .reason = reason_};
    }
    return {.status = front.status, .size = front.size, .body = front.body};
  }

 private:
  static bool reports_error(std::string_view header) {
    if (header.find("\"error\"") == std::string_view::npos) return false;
    const auto json = nlohmann::json::parse(header, nullptr, false);
    return json.is_object() && json.contains("error") && !json["error"].is_null();
  }

  JsonHeaderReader reader_;
  std::string reason_;
};

class HttpFront final : public FrontReader {
 public:
  Front read(std::string_view bytes) override {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return {};
    const std::string_view head = bytes.substr(0, end + 2);
    Front front{.status = Status::message, .size = end + 4};
    const bool old = head.starts_with("HTTP/1.0 ");
    const bool fine = (old || head.starts_with("HTTP/1.1 ")) && head.substr(9, 3) == "200";
    if (!fine) return malformed("expected HTTP/1.1 200 or HTTP/1.0 200", head);
    if (content_length(head, front.body)) return front;
    front.to_end = old || value_of(head, "connection") == "close";
    if (!front.to_end || !value_of(head, "transfer-encoding").empty()) {
      return malformed("expected a Content-Length", head);
    }
    return front;
  }

 private:
  Front malformed(const char* expected, std::string_view head) {
    reason_ = std::string(expected) + ": " + std::string(head.substr(0, head.find('\r')));
    return {.status = Status::malformed, .reason = reason_};
  }

  /// The value of a field by its name in lower case; empty if there is none.
  static std::string_view value_of(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
      const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
      if (line.size() <= name.size() || line[name.size()] != ':') continue;
      const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
      if (!std::equal(name.begin(), name.end(), line.begin(), [&](char b, char a) { return same(a, b); })) continue;
      const std::size_t begin = line.find_first_not_of(" \t", name.size() + 1);
      return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
    }
    return {};
  }

  static bool content_length(std::string_view head, std::uint64_t& value) {
    const std::string_view digits = value_of(head, "content-length");
    return std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc();
  }

  std::string reason_;
};

}  // namespace

std::unique_ptr<FrontReader> json_front(const Options& options) { return std::make_unique<JsonFront>(options); }

std::unique_ptr<FrontReader> http_front() { return std::make_unique<HttpFront>(); }

}  // namespace netkit::bench

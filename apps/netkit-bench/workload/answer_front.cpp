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
    if (head.rfind("HTTP/1.1 200", 0) != 0 || !content_length(head, front.body)) {
      reason_ = "expected HTTP/1.1 200 with a Content-Length: " + std::string(head.substr(0, head.find('\r')));
      return {.status = Status::malformed, .reason = reason_};
    }
    return front;
  }

 private:
  static bool content_length(std::string_view head, std::uint64_t& value) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const std::size_t at = head.find(kName);
    if (at == std::string_view::npos) return false;
    const std::string_view digits = head.substr(at + kName.size());
    return std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc();
  }

  std::string reason_;
};

}  // namespace

std::unique_ptr<FrontReader> json_front(const Options& options) { return std::make_unique<JsonFront>(options); }

std::unique_ptr<FrontReader> http_front() { return std::make_unique<HttpFront>(); }

}  // namespace netkit::bench

// clang-format off
//
//   | start line | \r\n | header fields, each with \r\n | \r\n | body, content-length's bytes |      RFC 9112
//
//   POST /log?level=debug HTTP/1.1        ->  "hello", with :method, :path and the fields as attributes
//   host: localhost
//   content-length: 5
//
//   hello
//
//   "hi", :status 404                     ->  HTTP/1.1 404 Not Found
//                                             content-length: 2
//
//                                             hi
//
// clang-format on

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "framing/builtin.h"
#include "framing/codec_support.h"
#include "framing/http_head.h"

namespace netkit {
namespace {

constexpr int kSwitchingProtocols = 101;
constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

/// What reader and writer of one conversation know together: a response depends on its request.
struct Exchange {
  struct Request {
    bool head = false;       ///< HEAD: the response has no body.
    bool keep_alive = true;  ///< False: the connection ends behind the response.
    bool answered = false;
  };

  bool serves = false;             ///< A request was read: this end is the server.
  std::vector<Request> owed{};     ///< Requests read whose calls have not ended. Mostly one.
  std::vector<Request> awaited{};  ///< Requests written whose responses were not read.
};

class HttpDecoder final : public FramingDecoder {
 public:
  HttpDecoder(std::size_t max, std::size_t max_head, std::shared_ptr<Exchange> exchange)
      : max_(max), max_head_(max_head), exchange_(std::move(exchange)) {}

  Decoded decode(std::string_view bytes) override {
    if (done_) forget();
    if (!head_known_) {
      if (const std::optional<Decoded> other = read_head(bytes)) return *other;
    }
    if (until_end_) return bytes.size() - head_size_ > max_ ? too_large() : need_more();
    const std::size_t total = head_size_ + body_size_;
    if (bytes.size() < total) return need_more(total);
    return message(total, bytes.substr(head_size_, body_size_));
  }

  Decoded end(std::string_view rest) override {
    if (!head_known_ || !until_end_) return {};
    return message(rest.size(), rest.substr(head_size_));
  }

 private:
  /// Something, if there is no whole head, or no message behind it.
  std::optional<Decoded> read_head(std::string_view bytes) {
    const std::size_t start = bytes.starts_with("\r\n") ? 2 : 0;  // RFC 9112, 2.2
    const std::size_t end = bytes.find("\r\n\r\n", std::max(start, scanned_));
    if ((end == std::string_view::npos ? bytes.size() : end + 4) > max_head_ + start)
      return refuse({431, "head of more than the " + std::to_string(max_head_) + " bytes allowed"});
    if (end == std::string_view::npos) {
      scanned_ = bytes.size() < 3 ? 0 : bytes.size() - 3;
      return need_more();
    }
    const HttpRefusal refusal = parse_http_head(bytes.substr(start, end + 4 - start), head_);
    if (refusal.status != 0) return refuse(refusal);
    head_size_ = end + 4;
    return head_.response ? begin_response() : begin_request();
  }

  std::optional<Decoded> begin_request() {
    body_size_ = head_.content_length.value_or(0);
    if (body_size_ > max_) return too_large();
    exchange_->serves = true;
    head_known_ = true;
    if (!head_.expects_continue || body_size_ == 0) return std::nullopt;
    const std::size_t size = std::exchange(head_size_, 0);
    return Decoded{.status = Decoded::Status::control, .size = size, .reply = "HTTP/1.1 100 Continue\r\n\r\n"};
  }

  std::optional<Decoded> begin_response() {
    if (head_.status < kOk && head_.status != kSwitchingProtocols) {  // the response itself follows
      done_ = true;
      return Decoded{.status = Decoded::Status::control, .size = head_size_};
    }
    const bool to_head = !exchange_->awaited.empty() && exchange_->awaited.front().head;
    const bool empty = to_head || head_.status < kOk || head_.status == kNoContent || head_.status == kNotModified;
    until_end_ = !empty && !head_.content_length;
    body_size_ = empty ? 0 : head_.content_length.value_or(0);
    if (body_size_ > max_) return too_large();
    if (!exchange_->awaited.empty()) exchange_->awaited.erase(exchange_->awaited.begin());
    head_known_ = true;
    return std::nullopt;
  }

  Decoded message(std::size_t size, std::string_view body) {
    const std::string* method = head_.attributes.text(kHttpMethod);
    if (method != nullptr) exchange_->owed.push_back({.head = *method == "HEAD", .keep_alive = head_.keep_alive});
    done_ = true;
    Decoded decoded = complete(size, body, &head_.attributes);
    decoded.last = !head_.keep_alive;
    return decoded;
  }

  Decoded too_large() { return refuse({413, "body of more than the " + std::to_string(max_) + " bytes allowed"}); }

  /// What was wrong goes to a client as a response; a server cannot be told.
  Decoded refuse(const HttpRefusal& refusal) {
    Decoded decoded = malformed(refusal.reason);
    if (!head_.response && exchange_->awaited.empty()) reply_ = http_refusal_text(refusal);
    decoded.reply = reply_;
    return decoded;
  }

  void forget() {
    done_ = head_known_ = until_end_ = false;
    head_size_ = body_size_ = scanned_ = 0;
  }

  const std::size_t max_;
  const std::size_t max_head_;
  const std::shared_ptr<Exchange> exchange_;
  std::size_t scanned_ = 0;  ///< No end of the head begins within so many bytes at the front.
  HttpHead head_;
  bool head_known_ = false;
  bool until_end_ = false;     ///< The body ends with the stream.
  bool done_ = false;          ///< The message was handed out; head_ lasts until the next call.
  std::size_t head_size_ = 0;  ///< 0 also where the head was taken apart from its body.
  std::size_t body_size_ = 0;
  std::string reply_;
};

/// The body of an answer to HEAD.
class LeftOutBody final : public BodyEncoder {
 public:
  void transform(std::string_view /*piece*/, Buffer& /*out*/) override {}
};

class HttpEncoder final : public Encoder {
 public:
  HttpEncoder(std::string host, std::shared_ptr<Exchange> exchange)
      : host_(std::move(host)), exchange_(std::move(exchange)) {}

  void begin(const Attributes& attributes, std::uint64_t size, Buffer& out) override {
    const bool request =
        attributes.text(kHttpMethod) != nullptr || (attributes.find(kHttpStatus) == nullptr && !exchange_->serves);
    const std::size_t before = out.size();
    try {
      request ? begin_request(attributes, size, out) : begin_response(attributes, size, out);
    } catch (...) {
      out.truncate(before);
      throw;
    }
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }

  void encode(const Attributes& attributes, std::string_view body, Buffer& out) override {
    begin(attributes, body.size(), out);
    if (!without_body_) out.append(body);
  }

  Bodies bodies() const noexcept override { return Bodies::by_pieces; }
  std::unique_ptr<BodyEncoder> body_encoder() override {
    return without_body_ ? std::make_unique<LeftOutBody>() : nullptr;
  }

  bool ends_calls() const noexcept override { return true; }
  void end_call(Buffer& out) override {
    std::vector<Exchange::Request>& owed = exchange_->owed;
    if (owed.empty()) return;
    if (!owed.front().answered) begin(Attributes().add(std::string(kHttpStatus), std::int64_t{kNoContent}), 0, out);
    owed.erase(owed.begin());
  }

 private:
  void begin_request(const Attributes& attributes, std::uint64_t size, Buffer& out) {
    const std::string* method = attributes.text(kHttpMethod);
    const std::string* path = attributes.text(kHttpPath);
    out.append(method != nullptr ? std::string_view(*method) : size > 0 ? "POST" : "GET");
    out.append(' ');
    out.append(path != nullptr ? std::string_view(*path) : "/");
    out.append(" HTTP/1.1\r\n");
    if (attributes.find("host") == nullptr) append_http_fields(Attributes().add("host", host_), out);
    append_http_fields(attributes, out);
    append_length(size > 0, size, out);
    without_body_ = false;
    exchange_->awaited.push_back({.head = method != nullptr && *method == "HEAD"});
  }

  void begin_response(const Attributes& attributes, std::uint64_t size, Buffer& out) {
    std::vector<Exchange::Request>& owed = exchange_->owed;
    if (exchange_->serves && (owed.empty() || owed.front().answered))
      throw std::length_error("an HTTP request has one response, and nothing else can be sent");
    const AttributeValue* value = attributes.find(kHttpStatus);
    const auto* status = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    const auto code = static_cast<int>(status == nullptr ? kOk : *status);
    if (code < kOk || code > 999) throw std::length_error("an HTTP response cannot have this status");
    const bool never_has_body = code == kNoContent || code == kNotModified;
    if (never_has_body && size > 0) throw std::length_error("an HTTP response of this status has no body");
    out.append("HTTP/1.1 " + std::to_string(code) + " ");
    out.append(http_status_text(code));
    out.append("\r\n");
    append_http_fields(attributes, out);
    if (!owed.empty() && !owed.front().keep_alive) out.append("connection: close\r\n");
    append_length(!never_has_body, size, out);
    without_body_ = !owed.empty() && owed.front().head;
    if (!owed.empty()) owed.front().answered = true;
  }

  static void append_length(bool stated, std::uint64_t size, Buffer& out) {
    if (stated) out.append("content-length: " + std::to_string(size) + "\r\n");
    out.append("\r\n");
  }

  const std::string host_;
  const std::shared_ptr<Exchange> exchange_;
  bool without_body_ = false;  // of the answer begun last
};

}  // namespace

FramingType http_framing() {
  return {.name = "http",
          .help = "HTTP/1.1 requests and responses with content-length",
          .options = {{.name = "max_head",
                       .type = OptionType::size,
                       .fallback = "8KiB",
                       .help = "longest start line and header fields accepted",
                       .least = 64,
                       .most = std::int64_t{1} << 20},
                      {.name = "host",
                       .type = OptionType::text,
                       .fallback = "localhost",
                       .help = "the host that requests name, unless they have an attribute of that name"}},
          .reads_http = true,
          .codec = [](const Options& options) -> std::function<Codec()> {
            return [max = options.size("max"), max_head = options.size("max_head"), host = options.text("host")] {
              const auto exchange = std::make_shared<Exchange>();
              return Codec{std::make_unique<HttpDecoder>(max, max_head, exchange),
                           std::make_unique<HttpEncoder>(host, exchange)};
            };
          }};
}

}  // namespace netkit

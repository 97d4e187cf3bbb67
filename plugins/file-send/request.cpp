#include "request.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace file_send {
namespace {

using Json = nlohmann::json;

/// Receives the parser's events. Each callback returns whether to go on; the first error stops the parser, so neither
/// depth nor size of a message costs anything.
class RequestReader final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return mistyped("null"); }
  bool boolean(bool /*value*/) override { return mistyped("true or false"); }
  bool number_integer(number_integer_t /*value*/) override { return mistyped("a negative number"); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return mistyped(text); }
  bool binary(binary_t& /*value*/) override { return mistyped("binary"); }
  bool start_array(std::size_t /*elements*/) override { return mistyped("a list"); }
  bool end_array() override { return true; }
  bool end_object() override { return true; }

  bool start_object(std::size_t /*elements*/) override {
    if (in_object_) return mistyped("an object");
    in_object_ = true;
    return true;
  }

  bool key(string_t& name) override {
    if (name != "filename" && name != "offset" && name != "hash") {
      // Quoted again, so that the answer has no line end or control character from the name.
      return refuse("unknown member " + Json(name).dump(-1, ' ', true) + ", expected filename, offset or hash");
    }
    key_ = name;
    const bool again = (key_ == "filename" && filename_) || (key_ == "offset" && offset_) || (key_ == "hash" && hash_);
    return again ? refuse("'" + key_ + "' is there twice") : true;
  }

  bool string(string_t& text) override {
    if (key_ == "offset") return mistyped("a string");
    (key_ == "filename" ? filename_ : hash_) = std::move(text);
    return true;
  }

  bool number_unsigned(number_unsigned_t number) override {
    if (key_ != "offset") return mistyped("a number");
    offset_ = number;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& /*error*/) override {
    return refuse("not valid JSON at byte " + std::to_string(position));
  }

  std::variant<Request, BadRequest> result() && {
    if (reason_.empty() && !filename_) reason_ = "'filename' is missing";
    if (!reason_.empty()) return BadRequest{std::move(reason_)};
    if (filename_->size() > kLongestName) filename_->resize(kLongestName + 1);
    return Request{.filename = std::move(*filename_), .offset = offset_.value_or(0), .hash = std::move(hash_)};
  }

 private:
  bool mistyped(const std::string& found) {
    const char* expected = key_ == "offset" ? "a whole number, 0 or more" : "a string";
    return refuse("'" + key_ + "' is " + found + ", expected " + expected);
  }

  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  bool in_object_ = false;
  std::string key_;
  std::string reason_;
  std::optional<std::string> filename_;
  std::optional<std::uint64_t> offset_;
  std::optional<std::string> hash_;
};

}  // namespace

std::variant<Request, BadRequest> parse_request(std::string_view message) {
  if (message.starts_with('{')) {
    if (message.size() > kLongestJson) {
      return BadRequest{"longer than " + std::to_string(kLongestJson) + " bytes, more than any file name needs"};
    }
    RequestReader reader;
    Json::sax_parse(message, &reader);
    return std::move(reader).result();
  }
  if (message.ends_with('\n')) message.remove_suffix(1);
  if (message.ends_with('\r')) message.remove_suffix(1);
  return Request{.filename = std::string(message.substr(0, kLongestName + 1)), .offset = 0, .hash = std::nullopt};
}

}  // namespace file_send

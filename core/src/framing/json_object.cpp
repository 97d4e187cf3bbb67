#include "framing/json_object.h"

#include <nlohmann/json.hpp>

#include <set>
#include <utility>
#include <vector>

namespace netkit {
namespace {

using Json = nlohmann::json;

/// Handles the parser's events; the first error stops the parser.
class HeaderEvents final : public nlohmann::json_sax<Json> {
 public:
  HeaderSize result() && {
    if (error_.empty() && !has_size_) error_ = "header has no size";
    return {.body = size_, .error = std::move(error_)};
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (at_size()) {
      size_ = value;
      has_size_ = true;
    }
    return true;
  }
  bool null() override { return other_value(); }
  bool boolean(bool /*value*/) override { return other_value(); }
  bool number_integer(number_integer_t /*value*/) override { return other_value(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return other_value(); }
  bool string(string_t& /*value*/) override { return other_value(); }
  bool binary(binary_t& /*value*/) override { return other_value(); }

  bool start_object(std::size_t /*members*/) override { return enter(); }
  bool start_array(std::size_t /*elements*/) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (name.find('\0') != std::string::npos) return fail("header has a NUL in a name");
    last_name_ = name;
    if (!names_.back().insert(name).second) return fail("header has the name '" + name + "' twice");
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& /*error*/) override {
    return fail("header is not valid JSON at byte " + std::to_string(position));
  }

 private:
  static constexpr std::size_t kDeepest = 16;

  bool at_size() const { return names_.size() == 1 && last_name_ == "size"; }

  bool other_value() {
    if (!at_size()) return true;
    return fail("header's size is not a whole number from 0 to 2^64-1");
  }

  bool enter() {
    if (!names_.empty() && !other_value()) return false;
    if (names_.size() == kDeepest) return fail("header is nested deeper than " + std::to_string(kDeepest) + " levels");
    names_.emplace_back();
    return true;
  }

  bool leave() {
    names_.pop_back();
    return true;
  }

  bool fail(std::string error) {
    error_ = std::move(error);
    return false;
  }

  std::vector<std::set<std::string>> names_;  // one set per open object or array
  std::string last_name_;
  std::uint64_t size_ = 0;
  bool has_size_ = false;
  std::string error_;
};

/// Formats one value as json.dumps does: non-ASCII is escaped, and U+FFFD replaces bytes that are not UTF-8.
std::string dump(const Json& value) { return value.dump(-1, ' ', true, Json::error_handler_t::replace); }

Json to_json(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json to_json(const FieldValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

}  // namespace

HeaderSize read_header_size(std::string_view text) {
  // The parser would accept a byte order mark, and would take a NUL for the end of the text.
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return {.error = "header is not a JSON object"};
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return {.error = "header is not valid JSON at byte " + std::to_string(nul + 1)};
  }
  HeaderEvents events;
  Json::sax_parse(text.begin(), text.end(), &events);
  return std::move(events).result();
}

std::string format_header(const Header& header, std::uint64_t size) {
  std::string text = "{\"filename\": " + dump(to_json(header.filename)) + ", \"hash\": " + dump(to_json(header.hash)) +
                     ", \"size\": " + std::to_string(size);
  for (const auto& [name, value] : header.fields) text += ", " + dump(name) + ": " + dump(to_json(value));
  return text + "}";
}

}  // namespace netkit

#include "framing/json_object.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace netkit {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSize = "size";

/// One value as json.dumps writes it: non-ASCII escaped, U+FFFD in place of bytes that are not UTF-8.
std::string dump(const Json& value) { return value.dump(-1, ' ', true, Json::error_handler_t::replace); }

/// Puts the JSON text of an object or array together again, without spaces.
class NestedText {
 public:
  void open(char bracket) {
    separate();
    text_ += bracket;
  }
  void close(char bracket) { text_ += bracket; }
  void name(const std::string& name) {
    separate();
    text_.append(unescaped(name)).append(1, ':');
  }
  void value(std::string_view json) {
    separate();
    text_ += json;
  }
  void string(const std::string& value) { this->value(unescaped(value)); }

  std::string take() { return std::exchange(text_, {}); }

 private:
  static std::string unescaped(const std::string& text) { return Json(text).dump(); }

  /// Nothing but a bracket or colon is followed by no comma; a string ends in a quote.
  void separate() {
    if (!text_.empty() && std::string_view("{[:").find(text_.back()) == std::string_view::npos) text_ += ',';
  }

  std::string text_;
};

/// Takes the parser's events; the first thing that is wrong stops it.
class HeaderEvents final : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderEvents(Attributes& attributes) : attributes_(attributes) {}

  HeaderSize result() && {
    if (error_.empty() && !has_size_) error_ = "header has no size";
    return {.body = size_, .error = std::move(error_)};
  }

  bool null() override { return nested() ? text("null") : attribute(nullptr); }
  bool boolean(bool value) override { return nested() ? text(value ? "true" : "false") : attribute(value); }
  bool number_integer(number_integer_t value) override {
    return nested() ? text(std::to_string(value)) : attribute(std::int64_t{value});
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (nested()) return text(std::to_string(value));
    if (last_name_ == kSize) return size(value);
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return attribute(static_cast<double>(value));
    return attribute(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& digits) override {
    return nested() ? text(digits) : attribute(value);
  }
  bool string(string_t& value) override {
    if (!nested()) return attribute(std::move(value));
    nested_.string(value);
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON text has none

  bool start_object(std::size_t /*members*/) override { return enter('{'); }
  bool start_array(std::size_t /*elements*/) override { return enter('['); }
  bool end_object() override { return leave('}'); }
  bool end_array() override { return leave(']'); }

  bool key(string_t& name) override {
    if (name.find('\0') != std::string::npos) return fail("header has a NUL in a name");
    if (!names_.back().insert(name).second) return fail("header has the name '" + name + "' twice");
    if (nested()) {
      nested_.name(name);
    } else {
      last_name_ = std::move(name);
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& /*error*/) override {
    return fail("header is not valid JSON at byte " + std::to_string(position));
  }

 private:
  static constexpr std::size_t kDeepest = 16;

  /// Inside an object or array that is the value of a member.
  bool nested() const { return names_.size() > 1; }

  bool text(std::string_view json) {
    nested_.value(json);
    return true;
  }

  bool size(std::uint64_t value) {
    size_ = value;
    has_size_ = true;
    return true;
  }

  bool attribute(AttributeValue value) {
    if (last_name_ == kSize) return fail("header's size is not a whole number from 0 to 2^64-1");
    attributes_.add(std::move(last_name_), std::move(value));
    return true;
  }

  bool enter(char bracket) {
    if (names_.size() == 1 && last_name_ == kSize) return attribute(nullptr);
    if (names_.size() == kDeepest) return fail("header is nested deeper than " + std::to_string(kDeepest) + " levels");
    if (!names_.empty()) nested_.open(bracket);
    names_.emplace_back();
    return true;
  }

  bool leave(char bracket) {
    names_.pop_back();
    if (names_.empty()) return true;
    nested_.close(bracket);
    return nested() || attribute(nested_.take());
  }

  bool fail(std::string error) {
    error_ = std::move(error);
    return false;
  }

  Attributes& attributes_;
  std::vector<std::set<std::string>> names_;  // one set for each open object or array
  std::string last_name_;                     // of the member whose value comes
  NestedText nested_;
  std::uint64_t size_ = 0;
  bool has_size_ = false;
  std::string error_;
};

std::string dump(const AttributeValue& value) {
  return std::visit([](const auto& held) { return dump(Json(held)); }, value);
}

std::string dump_or_null(const AttributeValue* value) { return value == nullptr ? "null" : dump(*value); }

/// The names that stand at a place of their own.
bool has_own_place(std::string_view name) { return name == "filename" || name == "hash" || name == kSize; }

}  // namespace

HeaderSize read_header(std::string_view text, Attributes& attributes) {
  attributes.clear();
  // The parser takes a byte order mark, and a NUL for the end of the text.
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return {.error = "header is not a JSON object"};
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return {.error = "header is not valid JSON at byte " + std::to_string(nul + 1)};
  }
  HeaderEvents events(attributes);
  Json::sax_parse(text.begin(), text.end(), &events);
  return std::move(events).result();
}

std::string format_header(const Attributes& attributes, std::uint64_t size) {
  std::string text = "{\"filename\": " + dump_or_null(attributes.find("filename")) +
                     ", \"hash\": " + dump_or_null(attributes.find("hash")) + ", \"size\": " + std::to_string(size);
  for (const auto& [name, value] : attributes) {
    const bool first_of_its_name = attributes.find(name) == &value;
    if (has_own_place(name) || !first_of_its_name) continue;
    text += ", " + dump(Json(name)) + ": " + dump(value);
  }
  return text + "}";
}

}  // namespace netkit

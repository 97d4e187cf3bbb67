#include "base/words.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/nearest.h"

namespace netkit {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_blank(char c) { return kBlank.find(c) != std::string_view::npos; }

/// Reads the quoted text that `rest` begins with and removes it from `rest`.
std::string take_quoted(std::string_view& rest) {
  const std::string_view whole = rest;
  std::string text;
  rest.remove_prefix(1);
  while (true) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos)
      throw std::invalid_argument("found " + in_quotes(whole) + ", expected a closing \"");
    text += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) return text;
    text += '"';
    rest.remove_prefix(1);
  }
}

[[noreturn]] void fail_after_quote(std::string_view rest, const char* expected) {
  throw std::invalid_argument("found " + in_quotes(rest) + " after the closing '\"', expected " + expected);
}

std::string take_item(std::string_view& rest) {
  if (!rest.starts_with('"')) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string item(trim(rest.substr(0, comma)));
    rest.remove_prefix(comma);
    if (item.empty()) throw std::invalid_argument("found an empty item, expected text (or \"\") between commas");
    return item;
  }
  std::string item = take_quoted(rest);
  rest = trim(rest);
  if (!rest.empty() && rest.front() != ',') fail_after_quote(rest, "a comma");
  return item;
}

bool needs_quotes(const std::string& item) {
  return item.empty() || item.front() == '"' || is_blank(item.front()) || is_blank(item.back()) ||
         item.find(',') != std::string::npos;
}

/// Splits words one character at a time.
class WordSplitter {
 public:
  explicit WordSplitter(std::string_view text) : whole_(text), rest_(text) {}

  std::vector<std::string> split() {
    while (!rest_.empty()) step(take());
    finish_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void step(char c) {
    if (is_blank(c)) {
      finish_word();
    } else if (c == '\'' || c == '"') {
      quoted_part(c);
    } else if (c == '\\') {
      if (rest_.empty()) throw std::invalid_argument("found '\\' at the end, expected a character behind it");
      add(take());
    } else {
      add(c);
    }
  }

  void quoted_part(char quote) {
    if (!word_) word_.emplace();
    while (true) {
      if (rest_.empty()) throw std::invalid_argument("found " + in_quotes(whole_) + ", expected a closing " + quote);
      char c = take();
      if (c == quote) return;
      const bool escape = quote == '"' && c == '\\' && (rest_.starts_with('"') || rest_.starts_with('\\'));
      if (escape) c = take();
      add(c);
    }
  }

  void add(char c) {
    if (!word_) word_.emplace();
    word_->push_back(c);
  }

  void finish_word() {
    if (word_) words_.push_back(std::move(*word_));
    word_.reset();
  }

  const std::string_view whole_;
  std::string_view rest_;
  std::optional<std::string> word_;
  std::vector<std::string> words_;
};

}  // namespace

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  std::string_view rest = trim(text);
  while (!rest.empty()) {
    items.push_back(take_item(rest));
    if (rest.empty()) break;
    rest = trim(rest.substr(1));
    if (rest.empty()) throw std::invalid_argument("found a comma at the end, expected an item behind it");
  }
  return items;
}

std::string format_list(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += ", ";
    if (!needs_quotes(item)) {
      text += item;
      continue;
    }
    text += '"';
    for (const char c : item) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  return text;
}

std::string unquote(std::string_view text) {
  std::string_view rest = trim(text);
  if (!rest.starts_with('"')) return std::string(rest);
  std::string value = take_quoted(rest);
  if (!rest.empty()) fail_after_quote(rest, "nothing");
  return value;
}

std::vector<std::string> split_words(std::string_view text) { return WordSplitter(text).split(); }

}  // namespace netkit

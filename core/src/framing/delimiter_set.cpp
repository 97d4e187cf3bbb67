#include "framing/delimiter_set.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "netkit/options.h"

namespace netkit {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw OptionError("delimiters", what); }

std::size_t index_of(char byte) { return static_cast<std::uint8_t>(byte); }

/// Decodes the two hexadecimal digits of a \x escape.
char hex_byte(const std::string& text, std::size_t at) {
  std::uint8_t value = 0;
  const char* begin = text.data() + at;
  const char* end = begin + std::min<std::size_t>(2, text.size() - at);
  const auto [parsed, error] = std::from_chars(begin, end, value, 16);
  if (error != std::errc() || parsed != begin + 2) refuse("'" + text + "': \\x takes two hexadecimal digits");
  return static_cast<char>(value);
}

std::string unescape(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (++i == text.size()) refuse("'" + text + "' ends in the middle of an escape; a backslash is written \\\\");
    switch (text[i]) {
      case 'n':
        bytes += '\n';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 't':
        bytes += '\t';
        break;
      case '0':
        bytes += '\0';
        break;
      case '\\':
        bytes += '\\';
        break;
      case 'x':
        bytes += hex_byte(text, i + 1);
        i += 2;
        break;
      default:
        refuse("'" + text + "': unknown escape \\" + text[i] + ", expected \\n \\r \\t \\0 \\xHH or \\\\");
    }
  }
  return bytes;
}

/// True if `shorter` completes before `longer` does, wherever `longer` occurs.
bool ends_within(const std::string& shorter, const std::string& longer) {
  return std::string_view(longer).substr(0, longer.size() - 1).find(shorter) != std::string_view::npos;
}

void check(const std::vector<std::string>& texts, const std::vector<std::string>& delimiters) {
  if (delimiters.empty()) refuse("no delimiter is given, expected at least one");
  for (std::size_t i = 0; i < delimiters.size(); ++i) {
    if (delimiters[i].empty()) refuse("delimiter " + std::to_string(i + 1) + " is empty");
    for (std::size_t other = 0; other < delimiters.size(); ++other) {
      if (other < i && delimiters[other] == delimiters[i]) refuse("'" + texts[i] + "' is given twice");
      if (!delimiters[other].empty() && ends_within(delimiters[other], delimiters[i])) {
        refuse("'" + texts[i] + "' can never end a message, '" + texts[other] + "' in it is complete before");
      }
    }
  }
}

}  // namespace

DelimiterSet::DelimiterSet(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) longest_first_.push_back(unescape(text));
  check(texts, longest_first_);
  first_ = longest_first_.front();
  std::stable_sort(longest_first_.begin(), longest_first_.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  for (const std::string& delimiter : longest_first_) last_bytes_.set(index_of(delimiter.back()));
}

DelimiterSet::Match DelimiterSet::find(std::string_view bytes, std::size_t scanned) const {
  for (std::size_t last = next_end(bytes, scanned); last < bytes.size(); last = next_end(bytes, last + 1)) {
    const std::size_t size = size_at_end_of(bytes.substr(0, last + 1));
    if (size > 0) return {.end = last + 1, .size = size};
  }
  return {};
}

std::size_t DelimiterSet::size_at_end_of(std::string_view bytes) const {
  for (const std::string& delimiter : longest_first_) {
    if (bytes.ends_with(delimiter)) return delimiter.size();
  }
  return 0;
}

/// Returns the offset of the next byte that may end a delimiter, bytes.size() or more if there is none.
std::size_t DelimiterSet::next_end(std::string_view bytes, std::size_t from) const {
  if (last_bytes_.count() == 1) return bytes.find(first_.back(), from);
  while (from < bytes.size() && !last_bytes_.test(index_of(bytes[from]))) ++from;
  return from;
}

}  // namespace netkit

#include "words.h"

namespace netkit::exec {
namespace {

constexpr std::string_view kBetweenWords = " \t\r\n";

bool is_space(char c) { return kBetweenWords.find(c) != std::string_view::npos; }

/// Reads one word after the other from a line.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : rest_(line) {}

  bool at_end() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    return rest_.empty();
  }

  /// Appends the part of the word that starts here; false if its end is missing.
  bool read(std::string& word) {
    while (!rest_.empty() && !is_space(rest_.front())) {
      const char c = next();
      if (c == '\'' || c == '"') {
        if (!read_quoted(c, word)) return false;
      } else if (c == '\\') {
        if (rest_.empty()) return false;
        word += next();
      } else {
        word += c;
      }
    }
    return true;
  }

 private:
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool read_quoted(char quote, std::string& word) {
    while (!rest_.empty()) {
      const char c = next();
      if (c == quote) return true;
      const bool escapes =
          c == '\\' && quote == '"' && !rest_.empty() && (rest_.front() == '"' || rest_.front() == '\\');
      word += escapes ? next() : c;
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  WordReader reader(line);
  while (!reader.at_end()) {
    if (!reader.read(words.emplace_back())) return std::nullopt;
  }
  return words;
}

}  // namespace netkit::exec

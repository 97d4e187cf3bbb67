#include "programs/audit.h"

namespace netkit::programs {
namespace {

constexpr std::size_t kMostText = 4096;
constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

void append_quoted(std::string& text, std::string_view word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    text += word;
    return;
  }
  text += '\'';
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  text += '\'';
}

}  // namespace

std::string quoted_arguments(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (i > 1) text += ' ';
    append_quoted(text, std::string_view(words[i]).substr(0, kMostText));
    if (text.size() < kMostText) continue;
    text.resize(kMostText);
    return text + "...";
  }
  return text;
}

}  // namespace netkit::programs

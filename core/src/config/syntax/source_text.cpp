#include "config/syntax/source_text.h"

#include <Poco/UTF8Encoding.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/nearest.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// The number of bytes of the UTF-8 character at `offset`, or 0 if it is invalid or NUL.
std::size_t character_size(const std::string& text, std::size_t offset) {
  const auto first = static_cast<unsigned char>(text[offset]);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (offset + size > text.size()) return 0;
  unsigned char bytes[4];
  std::memcpy(bytes, text.data() + offset, size);
  return Poco::UTF8Encoding::isLegal(bytes, static_cast<int>(size)) ? size : 0;
}

/// The first byte that is not part of valid text, or the text's size.
std::size_t first_bad_byte(const std::string& text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t size = character_size(text, offset);
    if (size == 0) return offset;
    offset += size;
  }
  return offset;
}

void refuse_file(const std::string& path, const std::string& why, Diagnostics& errors) {
  errors.push_back({Position{path, 0, 0}, why});
}

/// False, with an error, for a path that is not a regular file: opening a pipe would wait, a device never ends.
bool may_read(const std::string& path, Diagnostics& errors) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    refuse_file(path, "no such file", errors);
  } else if (error) {
    refuse_file(path, "cannot be read: " + error.message(), errors);
  } else if (!fs::is_regular_file(status)) {
    refuse_file(path,
                std::string("found ") + (fs::is_directory(status) ? "a folder" : "a device or pipe") +
                    ", expected a regular file",
                errors);
  } else {
    return true;
  }
  return false;
}

std::optional<std::string> read_text(const std::string& path, Diagnostics& errors) {
  if (!may_read(path, errors)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    refuse_file(path, "cannot be read: " + std::generic_category().message(errno), errors);
    return std::nullopt;
  }
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile) {
    refuse_file(path, "found more than 1MiB, expected a config file of at most that", errors);
    return std::nullopt;
  }
  return text;
}

}  // namespace

SourceText::SourceText(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)), line_starts_{0} {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

Position SourceText::at(std::size_t offset) const {
  const auto next_line = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return {.file = file_,
          .line = static_cast<int>(next_line - line_starts_.begin()),
          .column = static_cast<int>(offset - *(next_line - 1)) + 1};
}

std::optional<SourceText> read_source(const std::string& path, Diagnostics& errors) {
  std::optional<std::string> text = read_text(path, errors);
  if (!text) return std::nullopt;
  SourceText source(path, std::move(*text));
  const std::size_t bad = first_bad_byte(source.text());
  if (bad == source.text().size()) return source;
  const char byte = source.text()[bad];
  const std::string found = byte == '\0' ? "a NUL byte" : "a byte that is not UTF-8";
  errors.push_back({source.at(bad), "found " + found + ", expected text in UTF-8"});
  return std::nullopt;
}

}  // namespace netkit

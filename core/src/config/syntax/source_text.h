#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/syntax/diagnostic.h"

namespace netkit {

/// The text of a config file, and the line and column of each byte.
class SourceText {
 public:
  SourceText(std::string file, std::string text);

  const std::string& text() const { return text_; }
  const std::string& file() const { return file_; }

  /// Line and column of a byte; `offset` may be the end of the text.
  Position at(std::size_t offset) const;

 private:
  std::string file_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

/// Reads a regular file of at most 1 MiB of UTF-8 without NUL bytes; a byte order mark is dropped.
std::optional<SourceText> read_source(const std::string& path, Diagnostics& errors);

}  // namespace netkit

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netkit::client {

/// Where messages come from.
class MessageSource {
 public:
  virtual ~MessageSource() = default;

  /// Returns the next message, nothing at the end. May block.
  virtual std::optional<std::string> next() = 0;

  /// True if there is certainly no further message. Does not block.
  virtual bool at_end() = 0;

  /// True if next() will not block.
  virtual bool ready() = 0;
};

/// The messages on the command line.
class ArgumentSource final : public MessageSource {
 public:
  explicit ArgumentSource(std::vector<std::string> messages) : messages_(std::move(messages)) {}

  std::optional<std::string> next() override;
  bool at_end() override { return next_ == messages_.size(); }
  bool ready() override { return true; }

 private:
  std::vector<std::string> messages_;
  std::size_t next_ = 0;
};

/// The lines of a descriptor, without line ends. The last line may lack one.
class LineSource final : public MessageSource {
 public:
  explicit LineSource(int descriptor) : descriptor_(descriptor) {}

  std::optional<std::string> next() override;
  bool at_end() override;
  bool ready() override;

 private:
  bool has_line();
  void read_more();
  bool readable() const;

  const int descriptor_;
  std::string pending_;
  std::size_t begin_ = 0;    // start of the next line
  std::size_t scanned_ = 0;  // no line end before this offset
  bool ended_ = false;
};

/// The contents of files, each one message; `-` is standard input.
class FileSource final : public MessageSource {
 public:
  explicit FileSource(std::vector<std::string> files) : files_(std::move(files)) {}

  /// Throws LocalError if the file cannot be read.
  std::optional<std::string> next() override;
  bool at_end() override { return next_ == files_.size(); }
  bool ready() override { return true; }

 private:
  const std::vector<std::string> files_;
  std::size_t next_ = 0;
};

}  // namespace netkit::client

#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "netkit/body_source.h"
#include "regular_file.h"
#include "send_record.h"

namespace file_send {

/// The body of an answer: a file from an offset to the end that it had when opened. Read in pieces, not held in memory.
class FileBody final : public netkit::BodySource {
 public:
  /// `offset` is at most file->size().
  FileBody(std::shared_ptr<const RegularFile> file, std::uint64_t offset, SendRecord record)
      : file_(std::move(file)), offset_(offset), position_(offset), record_(std::move(record)) {}
  FileBody(const FileBody&) = delete;
  FileBody& operator=(const FileBody&) = delete;
  /// Logs what was sent.
  ~FileBody() override { record_.write(offset_, size(), sent_); }

  std::uint64_t size() const override { return file_->size() - offset_; }
  std::size_t read(std::span<char> into) override;
  int descriptor() const override { return file_->descriptor(); }
  std::uint64_t offset() const override { return offset_; }
  bool intact() override { return file_->unchanged(); }
  void on_sent(std::uint64_t bytes) override { sent_ = bytes; }

 private:
  const std::shared_ptr<const RegularFile> file_;
  const std::uint64_t offset_;
  std::uint64_t position_;
  std::uint64_t sent_ = 0;
  SendRecord record_;
};

}  // namespace file_send

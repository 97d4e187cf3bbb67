#pragma once

#include <optional>
#include <string>

#include "netkit-client/conversation/answer_header.h"
#include "netkit-client/conversation/answer_sink.h"
#include "netkit-client/download/digest.h"
#include "netkit-client/download/download_target.h"
#include "netkit-client/download/progress.h"

namespace netkit::client {

/// The download of one file: its request, its bytes, their hash, and the decision whether to keep them.
class Download final : public AnswerSink {
 public:
  /// The references must outlive the download.
  /// Refuses a file of more than `largest` bytes.
  Download(std::string file, std::uint64_t largest, DownloadTarget& target, ProgressBar& progress);

  /// Returns the message that asks for the file, or for the rest of it.
  std::string request();

  Outcome begin(std::string_view header_text, std::uint64_t size) override;
  void piece(std::string_view bytes) override;
  void end() override;
  void flush() override {}
  void complete() override {}

  /// True if a part of an answer has come.
  bool answered() const { return state_ != State::asked; }

  /// Call once with the result of the conversation: publishes, keeps or discards the received bytes.
  Outcome conclude(const Outcome& conversation);

  /// After a success: the file, its size and its hash, for the user.
  std::string summary() const;
  /// The file was verified by a hash that others can forge.
  bool weak_hash() const { return hash_ && weak_hash_; }

 private:
  enum class State : std::uint8_t { asked, refused, receiving, received };

  Outcome refused(const AnswerHeader& header, std::uint64_t size);
  Outcome check_place(const AnswerHeader& header, std::uint64_t size) const;
  Outcome choose_hash(const std::string& algorithm);
  Outcome verify();
  std::string verdict() const;

  const std::string file_;
  const std::uint64_t largest_;
  DownloadTarget& target_;
  ProgressBar& progress_;
  State state_ = State::asked;
  std::uint64_t resumed_ = 0;
  std::uint64_t size_ = 0;  // size of the whole file
  std::optional<std::string> hash_;
  std::string algorithm_;
  std::optional<Digest> digest_;
  bool weak_hash_ = false;
  std::string error_;
  std::string refusal_;  // body of the error answer
};

}  // namespace netkit::client

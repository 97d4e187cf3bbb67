#pragma once

#include <optional>
#include <string>

#include "netkit-client/conversation/answer_sink.h"
#include "netkit-client/download/digest.h"
#include "netkit-client/download/download_target.h"
#include "netkit-client/download/progress.h"

namespace netkit::client {

/// One file on its way: the request for it, its bytes as they come, the hash over all of them, the verdict.
class Download final : public AnswerSink {
 public:
  /// The references outlive the download.
  Download(std::string file, DownloadTarget& destination, ProgressBar& progress);

  /// The message that asks for the file, or for the rest of it.
  std::string request();

  Outcome begin(std::string_view header_text, std::uint64_t size) override;
  void piece(std::string_view bytes) override;
  void end() override;
  void flush() override {}
  void complete() override {}

  /// To be called once, with how the conversation went: verifies and publishes what came, or keeps it, or drops it.
  Outcome conclude(const Outcome& conversation);

 private:
  enum class State : std::uint8_t { asked, refused, receiving, received };

  Outcome verify();
  Outcome choose_hash(const std::string& algorithm);

  const std::string file_;
  DownloadTarget& destination_;
  ProgressBar& progress_;
  State state_ = State::asked;
  std::uint64_t resumed_ = 0;
  std::uint64_t size_ = 0;  // of the whole file
  std::optional<std::string> hash_;
  std::string algorithm_;
  std::optional<Digest> digest_;
  std::string error_;
  std::string refusal_;  // the body that came with it
};

}  // namespace netkit::client

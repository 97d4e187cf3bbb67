#include "netkit-client/downloads.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "netkit-client/download/download.h"
#include "netkit-client/download/download_target.h"
#include "netkit-client/download/progress.h"
#include "netkit-client/output/notice.h"
#include "netkit-client/output/terminal_text.h"

namespace netkit::client {
namespace {

/// Passes the answers of one conversation to the download that asked for them.
class Relay final : public AnswerSink {
 public:
  void pass_to(Download* download) { download_ = download; }

  Outcome begin(std::string_view header, std::uint64_t size) override {
    return download_ != nullptr ? download_->begin(header, size) : Failure{"the server sent an answer unasked"};
  }
  void piece(std::string_view bytes) override { download_->piece(bytes); }
  void end() override { download_->end(); }
  void flush() override {}
  void complete() override {}

 private:
  Download* download_ = nullptr;
};

class Downloads {
 public:
  Downloads(const CommandLine& line, ClientSession& session)
      : options_(*line.get), quiet_(line.quiet), session_(session), conversation_(session.conversation(relay_)) {}

  Outcome get(const std::string& file) {
    const std::unique_ptr<DownloadTarget> target = make_download_target(file, options_);
    const bool shows_itself = options_.output == "-" && is_terminal(STDOUT_FILENO);
    ProgressBar progress(quiet_ || shows_itself ? -1 : STDERR_FILENO, target->name());
    Download download(file, options_.largest, *target, progress);
    relay_.pass_to(&download);
    const std::string request = download.request();
    Outcome outcome = ask(request);
    // A server may have closed the connection after the file before.
    if (outcome && asked_ > 1 && !download.answered() && outcome->status == kExitFailure) outcome = ask_again(request);
    relay_.pass_to(nullptr);
    Outcome failure = download.conclude(outcome);
    if (!failure && (!quiet_ || download.weak_hash())) notice(download.summary());
    return failure;
  }

 private:
  Outcome ask(const std::string& request) {
    try {
      if (!conversation_) {
        session_.connect();
        conversation_.emplace(session_.conversation(relay_));
        asked_ = 0;
      }
      ++asked_;
      Outcome outcome = session_.or_reset([&] { return conversation_->ask(request); });
      if (!conversation_->usable()) conversation_.reset();
      return outcome;
    } catch (const LocalError& error) {
      conversation_.reset();
      return Failure{error.what()};
    }
  }

  Outcome ask_again(const std::string& request) {
    conversation_.reset();
    return ask(request);
  }

  const GetOptions& options_;
  const bool quiet_;
  ClientSession& session_;
  Relay relay_;
  std::optional<Conversation> conversation_;  // nothing: the next file needs a new connection
  int asked_ = 0;                             // for how many files, over this connection
};

}  // namespace

RunResult download_all(const CommandLine& line, ClientSession& session) {
  const std::vector<std::string>& files = line.get->files;
  Downloads downloads(line, session);
  Outcome first;
  for (const std::string& file : files) {
    Outcome failure = downloads.get(file);
    if (!failure) continue;
    if (files.size() == 1) return {std::move(failure), 0};
    notice(failure->text);
    const bool interrupted = failure->status != kExitFailure;
    if (!first || interrupted) first = Failure{"", failure->status};
    if (interrupted) break;
  }
  return {std::move(first), 0};
}

}  // namespace netkit::client

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "each/house.h"
#include "each/source.h"
#include "netkit/reply.h"
#include "program/program.h"

namespace netkit::process {

/// The program of one message, which is its input; all its output is the answer. begin() may be called from any thread,
/// all else on the conversation's loop.
class Errand final : public Tenant, public std::enable_shared_from_this<Errand>, private ProgramOwner {
 public:
  /// `reply`: empty if no answer is wanted.
  Errand(House& house, Conversation conversation, std::string body, Reply reply)
      : house_(house),
        conversation_(std::move(conversation)),
        source_(source_of(conversation_.peer())),
        body_(std::move(body)),
        reply_(std::move(reply)) {}
  ~Errand() override;

  /// Starts the program as soon as there is a slot.
  void begin();

 private:
  void on_output(const Message& message) override;
  void on_bad_output(std::string_view why) override;
  void on_error_line(LogLevel level, std::string_view line) override;
  void on_end(const ProgramEnd& end) override;

  void go_on(Slots::Entry entry);
  void start();
  void watch_peer();
  void give_up();
  void fail(std::string_view why);
  void refuse(std::string_view why);

  House& house_;
  const Conversation conversation_;
  const std::string source_;
  std::string body_;
  Reply reply_;
  std::shared_ptr<Program> program_;
  std::string output_;
  std::string failure_;  // why the program was killed
  Slots::Ticket ticket_ = 0;
  std::optional<std::stop_callback<std::function<void()>>> peer_gone_;
  bool had_turn_ = false;
  bool unwanted_ = false;  // as its peer is gone
  Timer timer_;            // for its program, or the time that it waits for one
};

}  // namespace netkit::process

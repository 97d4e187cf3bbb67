#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "each/house.h"
#include "pool/inbox.h"
#include "program/message_encoder.h"
#include "program/patience.h"
#include "program/program.h"

namespace netkit::process {

/// The program of one conversation: its messages go in, and what it writes goes out, asked for or not. put() may be
/// called from any thread, all else on the conversation's loop.
class Companion final : public Tenant, public std::enable_shared_from_this<Companion>, private ProgramOwner {
 public:
  Companion(House& house, Conversation conversation);
  ~Companion() override;

  /// Tells it what happens in the conversation; an open comes first, and a close last.
  void put(Inbox::Item::Kind kind, std::string_view body = {}, const Attributes* attributes = nullptr);

 private:
  using Clock = Patience::Clock;

  void on_output(const Message& message) override;
  void on_bad_output(std::string_view why) override;
  void on_error_line(LogLevel level, std::string_view line) override;
  void on_room() override;
  void on_input_closed() override;
  void on_end(const ProgramEnd& end) override;

  void take();
  void take_one(const Inbox::Item& item, std::string_view body);
  void enter();
  void start();
  void over();
  void write();
  bool owes() const { return program_ && (owed_ > 0 || program_->unread() > 0); }
  void watch();
  void look();
  bool send(const SharedBody& body, const Attributes& attributes);
  void fail(std::string_view why);
  void leave();

  House& house_;
  const Conversation conversation_;
  const std::string source_;
  MessageEncoder encoder_;
  Inbox inbox_;
  std::shared_ptr<Program> program_;  // null while it waits for a slot
  Buffer framed_;
  std::string failure_;   // why the program was killed
  std::size_t owed_ = 0;  // answers
  Patience patience_;
  Slots::Ticket ticket_ = 0;
  Timer watch_;  // over the program, or the time that it waits for one
  bool watching_ = false;
  bool output_waits_ = false;  // for the peer to make room
  bool has_slot_ = false;
  bool input_over_ = false;
  bool over_ = false;  // the conversation has ended
};

}  // namespace netkit::process

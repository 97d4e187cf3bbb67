#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "netkit/framing.h"
#include "netkit/task.h"
#include "session/close_reason.h"
#include "session/late_answer.h"

namespace netkit {

/// What the handles of a conversation have asked for, on its way to the conversation's loop.
namespace mail {

struct Unasked {
  LateAnswer answer;
};
struct Part {
  std::uint64_t call;
  LateAnswer answer;
};
/// A part that is the last one.
struct Whole {
  std::uint64_t call;
  std::string body;
  Attributes attributes;
};
struct Finish {
  std::uint64_t call;
  bool close;
};
struct FinishBy {
  std::uint64_t call;
  Answering answering;
};
struct Drop {
  std::uint64_t call;
};
struct NewFraming {
  std::uint64_t call;
  Framing framing;
};
struct StartTls {
  std::uint64_t call;
};
struct Close {
  CloseReason reason = CloseReason::handler_closed;
  std::string detail{};
};
/// Nothing but a look at what the handle says, such as paused().
struct Look {};
struct Run {
  Task task;
};

}  // namespace mail

using Mail = std::variant<mail::Unasked, mail::Part, mail::Whole, mail::Finish, mail::FinishBy, mail::Drop,
                          mail::NewFraming, mail::StartTls, mail::Close, mail::Look, mail::Run>;
using MailBag = std::vector<Mail>;

class Session;
class Output;

/// The memory that it holds, in bytes, as far as it waits for the peer.
std::size_t weight_of(const Mail& mail);

/// Does what `bag` asks for, in its order; answers go to `out`. `calling`: a worker is in a call of the conversation's
/// handler. Returns what is not done yet: what would call the handler too, and what must not leave before TLS has
/// begun. Loop thread.
MailBag deliver(MailBag bag, Session& session, Output& out, bool calling);

}  // namespace netkit

#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "netkit/framing.h"
#include "netkit/task.h"
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
struct Close {};
struct TooSlow {};
struct Pause {
  bool on;
};
struct Run {
  Task task;
};

}  // namespace mail

using Mail = std::variant<mail::Unasked, mail::Part, mail::Finish, mail::FinishBy, mail::Drop, mail::NewFraming,
                          mail::Close, mail::TooSlow, mail::Pause, mail::Run>;
using MailBag = std::vector<Mail>;

class Session;
class Output;

/// What mail asks of whoever carries the conversation.
struct MailOutcome {
  std::optional<bool> pause{};  ///< Whether the handler wants no further message, if it has said so.
  MailBag kept{};               ///< Not done yet: it would overlap a call that runs on a worker.
};

/// Does what `bag` asks for, in its order; answers go to `out`. `calling`: a worker is in a call of the conversation's
/// handler: what would call it too is kept. Loop thread.
MailOutcome deliver(MailBag bag, Session& session, Output& out, bool calling);

}  // namespace netkit

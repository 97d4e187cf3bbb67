#pragma once

#include "netkit/handler.h"
#include "session/answer_writer.h"
#include "session/run_guarded.h"

namespace netkit {

/// Calls `handler`; of what it answered, only whole messages stay. If it throws, `failed(text)` is called with what it
/// said. Inline, as it stands in the way of every message.
template <class Failed>
void call_handler(Handler& handler, const Message& message, AnswerWriter& writer, Failed failed) {
  run_guarded([&] { handler.on_message(message, writer); },
              [&](const char* what) {
                writer.drop_unfinished();
                failed(what);
              });
}

}  // namespace netkit

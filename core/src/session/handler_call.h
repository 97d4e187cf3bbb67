#pragma once

#include <exception>

#include "netkit/handler.h"
#include "session/answer_writer.h"

namespace netkit {

/// Calls `handler`; of what it answered, only whole messages stay. If it throws, `failed(text)` is called with what it
/// said. Inline, as it stands in the way of every message.
template <class Failed>
void call_handler(Handler& handler, const Message& message, AnswerWriter& writer, Failed failed) {
  try {
    handler.on_message(message, writer);
    return;
  } catch (const std::exception& error) {
    writer.drop_unfinished();
    failed(error.what());
  } catch (...) {
    writer.drop_unfinished();
    failed("threw something that is not a std::exception");
  }
}

}  // namespace netkit

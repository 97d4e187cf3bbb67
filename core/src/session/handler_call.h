#pragma once

#include "base/run_guarded.h"
#include "session/answer_writer.h"

namespace netkit {

/// Makes `call`, which calls a handler; of what that answered, only whole messages stay. If it throws, `failed(text)`
/// is called with what it said. Inline, as it stands in the way of every message.
template <class Call, class Failed>
[[gnu::always_inline]] inline void call_handler(Call call, AnswerWriter& writer, Failed failed) {
  run_guarded(call, [&](const char* what) {
    writer.drop_unfinished();
    failed(what);
  });
  writer.drop_unfinished();  // of an answer whose exception the handler has caught
}

}  // namespace netkit

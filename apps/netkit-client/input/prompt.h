#pragma once

#include <histedit.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "netkit-client/conversation/interrupt.h"

namespace netkit::client {

/// A descriptor to listen to while somebody types.
struct Listening {
  int descriptor = -1;            ///< -1: none.
  std::function<bool()> heard{};  ///< Called when there is something to read. False: do not listen any more.
};

/// Lines typed at a terminal, with line editing and a persistent history. Ctrl-C drops the line that is typed; SIGTERM
/// and SIGHUP end the program as they would elsewhere. One at a time, main thread.
class Prompt {
 public:
  /// `history_file` empty: no history is kept. Throws LocalError if the terminal cannot be used.
  Prompt(std::string text, std::string history_file);

  /// Returns the next line, nothing at the end (Ctrl-D). The prompt is out of the way while `listening.heard` runs.
  std::optional<std::string> next(Listening listening);

  const std::string& text() const { return text_; }

 private:
  enum class Input : std::uint8_t { key, end, dropped };

  struct EndEditing {
    void operator()(EditLine* editor) const { ::el_end(editor); }
  };
  struct EndHistory {
    void operator()(History* history) const { ::history_end(history); }
  };

  std::optional<std::string> edit();
  static int read_key(EditLine* editor, wchar_t* key);
  static Input read_wide(wchar_t* key);
  Input await_key();
  Input take_signal(int signal);
  void suspend();
  void listen();
  void hide();
  void remember(const char* line);
  void end_by(int signal);

  const std::string text_;
  const std::string history_file_;
  FILE* const screen_;
  std::unique_ptr<History, EndHistory> history_;
  std::unique_ptr<EditLine, EndEditing> editor_;
  Listening listening_;
  const InterruptScope* signals_ = nullptr;  // within next()
  Input last_ = Input::key;                  // what ended the last wait for a key
  int ended_by_ = 0;                         // a signal
};

/// Returns $XDG_STATE_HOME/netkit/history, else ~/.local/state/netkit/history, and creates its folder. Empty if that is
/// impossible.
std::string history_path();

}  // namespace netkit::client

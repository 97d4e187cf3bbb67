#pragma once

#include <histedit.h>

#include <memory>
#include <string>

#include "netkit-client/input/message_source.h"

namespace netkit::client {

/// Messages typed at a terminal, with line editing and a persistent history.
class Prompt final : public MessageSource {
 public:
  /// `history_file` empty: no history is kept. Throws LocalError if the terminal cannot be used.
  Prompt(std::string text, std::string history_file);

  std::optional<std::string> next() override;
  bool at_end() override { return false; }
  bool ready() override { return false; }
  bool interactive() const override { return true; }
  const std::string& text() const { return text_; }

 private:
  struct EndEditing {
    void operator()(EditLine* editor) const { ::el_end(editor); }
  };
  struct EndHistory {
    void operator()(History* history) const { ::history_end(history); }
  };

  void remember(const char* line);

  const std::string text_;
  const std::string history_file_;
  std::unique_ptr<History, EndHistory> history_;
  std::unique_ptr<EditLine, EndEditing> editor_;
};

/// Returns $XDG_STATE_HOME/netkit/history, else ~/.local/state/netkit/history, and creates its folder. Empty if that is
/// impossible.
std::string history_path();

}  // namespace netkit::client

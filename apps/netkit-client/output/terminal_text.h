#pragma once

#include <string>
#include <string_view>

namespace netkit::client {

/// Makes foreign bytes harmless for a terminal: control characters other than newline and tab, C1 in UTF-8 too, and
/// bytes that are no UTF-8 become \x1b. Where the locale is not UTF-8, so does every byte above ASCII, because 8-bit
/// terminals take some of them for control characters. \r\n becomes a newline. One stream, in any number of pieces.
class TerminalText {
 public:
  /// Returns what can be shown of the stream so far; keeps the begin of a sequence that is cut.
  std::string feed(std::string_view bytes);

  /// Returns what feed() has kept. The next stream begins.
  std::string finish();

 private:
  std::string kept_;
};

/// Returns all of `text` as a terminal may get it.
std::string terminal_text(std::string_view text);

/// True if the descriptor is a terminal.
bool is_terminal(int descriptor);

}  // namespace netkit::client

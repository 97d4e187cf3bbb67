#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace netkit::exec {

/// Turns bytes, a piece at a time, into what stands between the quotes of a JSON string. JSON is UTF-8: what is not is
/// shown as U+FFFD.
class JsonText {
 public:
  /// Appends to `out`. A character that is not whole yet waits for the next piece.
  void add(std::string_view bytes, std::string& out);
  /// No piece follows: shows what is left of a character.
  void end(std::string& out);

 private:
  void begin_character(unsigned char first, std::string& out);
  void go_on(unsigned char byte, std::string& out);

  std::string character_;    // its bytes so far, of one that has several
  std::size_t missing_ = 0;  // how many it still needs
  unsigned char least_ = 0;  // of the next one, as is the other
  unsigned char most_ = 0;
};

}  // namespace netkit::exec

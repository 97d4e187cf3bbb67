#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace netkit {

/// What a thread is doing, in words, made within a signal handler: no memory is allocated and nothing is locked.
class Activity {
 public:
  /// Looks at the calling thread: which plugin's code is innermost on its stack, for which listener, in which call.
  /// `context` is the signal handler's third argument.
  static Activity of_this_thread(const void* context);

  /// "in plugin /srv/a.so, on_message, listener 'a'"; printable ASCII without quotes but these and backslashes.
  std::string_view text() const { return {text_.data(), size_}; }

  /// Appends, and replaces what is not printable; cuts what has no room.
  void append(std::string_view more);

 private:
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

}  // namespace netkit

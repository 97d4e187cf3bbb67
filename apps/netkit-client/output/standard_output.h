#pragma once

#include <string>
#include <string_view>

#include "netkit-client/failure.h"

namespace netkit::client {

/// The reader of standard output closed it: the program ends silently, as SIGPIPE would end it.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error("the output was closed") {}
};

/// Writes all bytes to a descriptor. Throws LocalError that names `what`, OutputClosed for EPIPE.
void write_all(int descriptor, std::string_view bytes, const std::string& what);

/// Buffered standard output; large writes are not buffered. The destructor does not flush.
class StandardOutput {
 public:
  void write(std::string_view bytes);
  void flush();

  /// Ends the line that has been written in part, before anything that is held back. False if there is none.
  bool end_line();
  bool holds_nothing() const { return pending_.empty(); }

 private:
  static constexpr std::size_t kGathered = 64 << 10;
  void write_now(std::string_view bytes);

  std::string pending_;
  bool in_line_ = false;  // what was written ends in the middle of a line
};

}  // namespace netkit::client

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

 private:
  static constexpr std::size_t kGathered = 64 << 10;
  std::string pending_;
};

}  // namespace netkit::client

#pragma once

#include <string>
#include <string_view>

#include "netkit-client/failure.h"

namespace netkit::client {

/// Standard output was closed by who reads it: the program ends as SIGPIPE would end it, without a word.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error("the output was closed") {}
};

/// Writes all the bytes to a descriptor. Throws LocalError that names `what`, OutputClosed for EPIPE.
void write_all(int descriptor, std::string_view bytes, const std::string& what);

/// Standard output: gathers small writes, passes large ones on. What is not flushed when it goes is lost.
class Output {
 public:
  void write(std::string_view bytes);
  void flush();

 private:
  static constexpr std::size_t kGathered = 64 << 10;
  std::string pending_;
};

}  // namespace netkit::client

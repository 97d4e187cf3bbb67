#include "host/transport/pipe_end.h"

#include <unistd.h>

#include <cerrno>

namespace netkit {

ssize_t PipeEnd::receive(std::span<char> into) { return ::read(socket(), into.data(), into.size()); }

ssize_t PipeEnd::send(std::string_view bytes, bool /*more*/) { return ::write(socket(), bytes.data(), bytes.size()); }

void PipeEnd::close(bool /*reset*/) { socket_.reset(); }

int PipeEnd::error() const { return EPIPE; }

}  // namespace netkit

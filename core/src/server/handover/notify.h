#pragma once

#include <string>

namespace netkit {

/// Tells the service manager what becomes of this program, by the protocol of sd_notify(3): lines such as `READY=1` in
/// one datagram to the socket that NOTIFY_SOCKET names. Does nothing where there is no such manager; a manager that
/// cannot be reached is no error. Own code: the protocol is one datagram, libsystemd a library of a megabyte.
void notify_manager(const std::string& state);

/// The lines that announce a reload, which `READY=1` ends.
std::string reloading_state();

}  // namespace netkit

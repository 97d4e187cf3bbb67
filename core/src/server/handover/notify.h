#pragma once

#include <cstddef>
#include <string>

namespace netkit {

/// Tells the service manager the state of this program by the protocol of sd_notify(3): lines such as `READY=1` in one
/// datagram to the socket that NOTIFY_SOCKET names. Does nothing without a service manager and ignores one that cannot
/// be reached. The protocol is one datagram and libsystemd a megabyte, so this is own code.
void notify_manager(const std::string& state);

/// Returns the line that tells `systemctl status` what the server does, such as "STATUS=serving 3 listeners".
std::string serving_status(std::size_t listeners, bool last_reload_failed = false);

/// Returns the lines that announce a reload; `READY=1` ends it.
std::string reloading_state();

}  // namespace netkit

#pragma once

#include "host/listener/connection_record.h"
#include "host/loop/channel.h"

namespace netkit {

/// Ends a channel whose time to drain is over. If it carries a conversation, the log says so. Its loop's thread.
void cut_off(Channel& channel, HostLog& log);

}  // namespace netkit

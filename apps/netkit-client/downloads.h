#pragma once

#include "netkit-client/command_line.h"
#include "netkit-client/run.h"
#include "netkit-client/session.h"

namespace netkit::client {

/// Downloads the files of --get one after the other, over one connection as long as the server keeps it. A file that
/// fails does not keep the others from coming; the status is that of the first failure.
RunResult download_all(const CommandLine& line, ClientSession& session);

}  // namespace netkit::client

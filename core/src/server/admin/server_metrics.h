#pragma once

#include <string>

#include "server/admin/listener_directory.h"

namespace netkit {

struct ServerState;
struct ServiceFacts;
class WorkerPool;

/// All metrics of a server, in the text format of Prometheus. docs/admin.md lists them. Any thread.
std::string metrics_text(const ListenerDirectory::Entries& listeners, const ServerState& state,
                         const WorkerPool& workers, const ServiceFacts& facts);

}  // namespace netkit

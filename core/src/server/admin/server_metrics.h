#pragma once

#include <string>

#include "server/admin/listener_directory.h"

namespace netkit {

struct ServiceFacts;
class WorkerPool;

/// All metrics of a server, in the text format of Prometheus. docs/admin.md lists them. Any thread.
std::string metrics_text(const ListenerDirectory::Entries& listeners, const WorkerPool& workers,
                         const ServiceFacts& facts);

}  // namespace netkit

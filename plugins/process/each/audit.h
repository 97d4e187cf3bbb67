#pragma once

#include "netkit/conversation.h"
#include "program/program.h"

namespace netkit::process {

/// Logs the end of the program that serves `conversation`.
inline Audit audit_to(const Conversation& conversation) {
  return [conversation](const programs::AuditRecord& record) { programs::audit(conversation, "process", record); };
}

}  // namespace netkit::process

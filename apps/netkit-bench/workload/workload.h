#pragma once

#include <Poco/Net/SocketAddress.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "netkit-bench/command_line.h"
#include "netkit-bench/workload/answer_stream.h"
#include "netkit-bench/workload/wire_cycle.h"

namespace netkit::bench {

/// What all lanes share: the server, the messages and the expected answers. Immutable.
struct Workload {
  Transport transport = Transport::tcp;
  Poco::Net::SocketAddress server;
  std::string server_name;  ///< As the user wrote it.
  WireCycle requests;
  std::optional<WireCycle> answers;  ///< Expected answers, one per message; nothing: unknown.
  /// Makes the checker of one connection. Refers to this object.
  std::function<std::unique_ptr<AnswerStream>()> answer_stream;
};

/// Reads the config, the messages and the address that the command line names. Throws UsageError or RunError.
std::unique_ptr<Workload> make_workload(const CommandLine& line);

}  // namespace netkit::bench

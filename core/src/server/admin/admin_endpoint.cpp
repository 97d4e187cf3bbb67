#include "server/admin/admin_endpoint.h"

#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "admin/handler.h"
#include "framing/builtin.h"

namespace netkit {
namespace {

// Not letters of a listener's name: no listener of the config can have the same.
constexpr const char* kName = "(admin)";
constexpr const char* kMetricsName = "(metrics)";

constexpr std::uint64_t kConnections = 64;
constexpr std::int64_t kLargestBody = std::int64_t{64} << 10;
constexpr std::int64_t kLargestHead = std::int64_t{8} << 10;
constexpr std::chrono::seconds kRequestTime{5};
constexpr std::chrono::seconds kIdleTime{60};

Framing http() {
  const FramingType type = http_framing();
  Options options;
  options.set("max", kLargestBody);
  options.set("max_head", kLargestHead);
  options.set("host", std::string("localhost"));
  return {type.name, type.codec(options)};
}

ListenerConfig listener_at(const char* name, const Address& address, const SocketAccess& socket) {
  ListenerConfig listener;
  listener.name = name;
  listener.address = address;
  listener.socket = socket;
  listener.transports.push_back({address.path.empty() ? Transport::tcp : Transport::unix_socket, {}});
  return listener;
}

ListenerSettings settings_of(const ListenerConfig& listener, std::shared_ptr<Handler> handler) {
  ListenerSettings settings{.name = listener.name, .transport = to_string(listener.transports.front().transport)};
  settings.limits.connections = kConnections;
  settings.timeouts.first_byte = settings.timeouts.message = kRequestTime;
  settings.timeouts.idle = settings.timeouts.write_stall = kIdleTime;
  settings.protocol.make_codec = [codec = http()] { return codec.make(); };
  settings.protocol.handler = std::move(handler);
  settings.protocol.output_limit = settings.limits.output;
  return settings;
}

/// The first line of the file; nothing if no file is named.
std::optional<std::string> read_token(const std::string& file) {
  if (file.empty()) return std::nullopt;
  std::ifstream in(file);
  std::string token;
  if (!std::getline(in, token) || token.empty())
    throw std::runtime_error("'token_file': found no token in " + file + ", expected a line of text");
  return token;
}

/// A Unix socket is guarded by the mode of its file.
AdminGuard guard_of(const AdminConfig& config) {
  if (config.address && !config.address->path.empty()) return {};
  return {config.hosts, read_token(config.token_file)};
}

}  // namespace

AdminEndpoint::AdminEndpoint(const AdminConfig& config, Administration& administration, WorkerPool& workers,
                             HostLog& log, Reaper& reaper, PortTable& ports)
    : last_reap_{reaper}, loop_(std::chrono::nanoseconds(0), log), loops_({&loop_}) {
  state_.use(Quota{.connections = 2 * kConnections});  // of both addresses together
  if (config.address) {
    add(listener_at(kName, *config.address, config.socket),
        std::make_shared<AdminHandler>(administration, guard_of(config), false), workers, log, reaper, ports);
  }
  if (config.metrics) {
    add(listener_at(kMetricsName, *config.metrics, config.socket),
        std::make_shared<AdminHandler>(administration, AdminGuard(config.hosts, std::nullopt), true), workers, log,
        reaper, ports);
  }
}

void AdminEndpoint::add(const ListenerConfig& listener, std::shared_ptr<Handler> handler, WorkerPool& workers,
                        HostLog& log, Reaper& reaper, PortTable& ports) {
  const std::shared_ptr<Port> port = ports.acquire(listener).front();
  ports.keep(port);
  auto context = std::make_unique<ListenerContext>(settings_of(listener, std::move(handler)), state_, workers, log);
  parts_.push_back({port, reaper.watch_over(std::move(context))});
}

AdminEndpoint::~AdminEndpoint() {
  for (const Part& part : parts_) part.port->close();
  loop_.post([this] { loop_.for_each([](Channel& channel) { channel.abort(CloseReason::shutdown); }); });
  loop_.stop();
}

void AdminEndpoint::start() {
  loop_.start();
  for (const Part& part : parts_) part.port->serve(part.context, loops_);
}

std::vector<std::string> AdminEndpoint::listening() const {
  std::vector<std::string> lines;
  for (const Part& part : parts_) {
    lines.push_back("listening " + part.context->name + " " + part.context->transport + " " +
                    to_string(part.port->bound()) + " framing=http handler=admin");
  }
  return lines;
}

}  // namespace netkit

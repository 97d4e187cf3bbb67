#include "netkit-client/target.h"

#include <algorithm>
#include <utility>

#include "config/load.h"
#include "config/nearest.h"
#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

/// Answers may be larger than the messages a server takes; what is larger than this can only be streamed.
constexpr std::int64_t kLargestAnswer = std::int64_t{64} << 20;
constexpr const char* kLargestAnswerOption = ",max=64MiB";

Choice parse_framing(const char* option, std::string spec, PluginLoader& loader) {
  if (spec.find(",max=") == std::string::npos) spec += kLargestAnswerOption;
  try {
    return parse_framing_spec(spec, loader);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string(option) + ": " + error.what());
  }
}

ServerConfig read_config(const std::string& path, PluginLoader& loader) {
  std::vector<Diagnostic> errors;
  std::optional<ServerConfig> config = load_config(path, loader, errors);
  if (config) return std::move(*config);
  std::string text = "the config cannot be used";
  for (const Diagnostic& error : errors) text += "\n" + to_string(error);
  throw LocalError(text);
}

const ListenerConfig& find_listener(const ServerConfig& config, const std::string& name) {
  std::vector<std::string> names;
  for (const ListenerConfig& listener : config.listeners) {
    if (listener.name == name) return listener;
    names.push_back(listener.name);
  }
  throw UsageError("--listener: the config has no " + in_quotes(name) + suggest(name, names));
}

const TransportConfig& find_transport(const ListenerConfig& listener, std::optional<Transport> wanted) {
  const auto is_wanted = [&](const TransportConfig& each) { return each.transport == wanted.value_or(Transport::tcp); };
  const auto found = std::find_if(listener.transports.begin(), listener.transports.end(), is_wanted);
  if (found != listener.transports.end()) return *found;
  if (!wanted) return listener.transports.front();
  throw UsageError("listener '" + listener.name + "' has no " + to_string(*wanted));
}

Address parse_server(const std::string& text) {
  try {
    Address address = parse_address(text);
    if (address.port == 0) throw std::invalid_argument("port 0 cannot be connected to");
    return address;
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

std::string take_word(std::vector<std::string>& words) {
  std::string word = std::move(words.front());
  words.erase(words.begin());
  return word;
}

Choice with_larger_answers(Choice choice) {
  const auto max = static_cast<std::int64_t>(choice.options.size("max"));
  choice.options.set("max", std::max(max, kLargestAnswer));
  return choice;
}

Target target_from_config(const CommandLine& line, PluginLoader& loader) {
  const ServerConfig config = read_config(line.config, loader);
  const ListenerConfig& listener = find_listener(config, line.listener);
  const TransportConfig& transport = find_transport(listener, line.transport);
  Target target{.endpoint = {transport.transport, listener.address},
                .send = transport.framing.in,
                .receive = with_larger_answers(transport.framing.out),
                .messages = line.words};
  Address& address = target.endpoint.address;
  if (address.port == 0) {
    if (target.messages.empty()) {
      throw UsageError("listener '" + listener.name + "' has port 0: give the HOST:PORT it was given");
    }
    address = parse_server(take_word(target.messages));
  } else if (address.host == "0.0.0.0") {
    address.host = "127.0.0.1";
  } else if (address.host == "::") {
    address.host = "::1";
  }
  return target;
}

Target target_from_words(const CommandLine& line, PluginLoader& loader) {
  Target target;
  target.messages = line.words;
  target.endpoint.transport = line.transport.value_or(Transport::tcp);
  target.endpoint.address = parse_server(take_word(target.messages));
  const char* plain = target.endpoint.transport == Transport::udp ? "datagram" : "raw";
  target.send = parse_framing("--framing", plain, loader);
  target.receive = line.get ? parse_framing("--recv", "json-header", loader) : target.send;
  return target;
}

void require_stream(const Choice& choice, const Target& target, PluginLoader& loader) {
  if (target.endpoint.transport == Transport::udp || !loader.framing(choice.type)->needs_datagrams) return;
  throw UsageError("framing '" + choice.type + "' needs --udp");
}

}  // namespace

Target find_target(const CommandLine& line, PluginLoader& loader) {
  Target target = line.config.empty() ? target_from_words(line, loader) : target_from_config(line, loader);
  if (line.framing) {
    target.send = parse_framing("--framing", *line.framing, loader);
    target.receive = target.send;
  }
  if (line.send) target.send = parse_framing("--send", *line.send, loader);
  if (line.receive) target.receive = parse_framing("--recv", *line.receive, loader);
  require_stream(target.send, target, loader);
  require_stream(target.receive, target, loader);
  if (line.get && !target.messages.empty()) {
    throw UsageError("--get asks for one file; unexpected " + in_quotes(target.messages.front()));
  }
  return target;
}

}  // namespace netkit::client

#include "config/remote_server.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/nearest.h"
#include "config/framing_spec.h"
#include "config/load.h"

namespace netkit {
namespace {

/// Answers may be larger than the messages that a server takes. Larger ones than this can only be streamed.
constexpr std::int64_t kLargestAnswer = std::int64_t{64} << 20;
constexpr const char* kLargestAnswerOption = ",max=64MiB";

Choice parse_framing(const char* option, std::string spec, PluginLoader& loader) {
  if (spec.find(",max=") == std::string::npos) spec += kLargestAnswerOption;
  try {
    return parse_framing_spec(spec, loader);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string(option) + ": " + error.what());
  }
}

[[noreturn]] void refuse_config(const std::vector<Diagnostic>& errors) {
  std::string text = "the config cannot be used";
  for (const Diagnostic& error : errors) text += "\n" + to_string(error);
  throw ConfigError(text);
}

ServerConfig read_config(const std::string& path, PluginLoader& loader) {
  std::vector<Diagnostic> errors;
  std::optional<ServerConfig> config = load_config(path, loader, errors);
  if (!config) refuse_config(errors);
  return std::move(*config);
}

void find_plugins(const ServerNames& names, PluginLoader& loader) {
  for (const std::string& folder : names.plugin_path) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      throw std::invalid_argument("--plugin-path: found " + in_quotes(folder) + ", expected a folder that exists");
    }
    loader.add_folder(folder);
  }
  if (names.config.empty() || !names.listener.empty()) return;
  std::vector<Diagnostic> errors;
  load_plugins(names.config, loader, errors);
  if (!errors.empty()) refuse_config(errors);
}

const ListenerConfig& find_listener(const ServerConfig& config, const std::string& name) {
  std::vector<std::string> names;
  for (const ListenerConfig& listener : config.listeners) {
    if (listener.name == name) return listener;
    names.push_back(listener.name);
  }
  throw std::invalid_argument("--listener: the config has no " + in_quotes(name) + suggest(name, names));
}

const TransportConfig& find_transport(const ListenerConfig& listener, std::optional<Transport> wanted) {
  const auto is_wanted = [&](const TransportConfig& each) { return each.transport == wanted.value_or(Transport::tcp); };
  const auto found = std::find_if(listener.transports.begin(), listener.transports.end(), is_wanted);
  if (found != listener.transports.end()) return *found;
  if (!wanted) return listener.transports.front();
  throw std::invalid_argument("listener '" + listener.name + "' has no " + to_string(*wanted));
}

Address take_path(std::vector<std::string>& words) {
  if (words.empty() || words.front().empty()) throw std::invalid_argument("expected PATH");
  Address address;
  address.path = std::move(words.front());
  words.erase(words.begin());
  return address;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// True for a host without a port: a name, a numeric IPv4 address, or an IPv6 address with or without brackets.
bool is_host_alone(const std::string& word) {
  if (word.starts_with('[')) return word.ends_with(']');
  return std::count(word.begin(), word.end(), ':') != 1;
}

/// Takes HOST:PORT, or HOST and PORT as two words.
std::string take_host_and_port(std::vector<std::string>& words) {
  std::string host = std::move(words.front());
  words.erase(words.begin());
  if (!is_host_alone(host) || words.empty() || !is_number(words.front())) return host;
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  const std::string port = std::move(words.front());
  words.erase(words.begin());
  return host + ":" + port;
}

/// Parses an address in which a zone index (RFC 4007 section 11) may stand: [fe80::1%eth0]:8080.
Address parse_zoned_address(std::string text) {
  const std::size_t percent = text.find('%');
  const std::size_t bracket = text.find(']');
  if (!text.starts_with('[') || percent == std::string::npos || bracket == std::string::npos || percent > bracket) {
    return parse_address(text);
  }
  const std::string zone = text.substr(percent, bracket - percent);
  if (zone.size() == 1) throw std::invalid_argument("address " + in_quotes(text) + ": expected an interface after '%'");
  text.erase(percent, zone.size());
  Address address = parse_address(text);
  address.host += zone;
  return address;
}

Address take_address(std::vector<std::string>& words) {
  if (words.empty()) throw std::invalid_argument("expected HOST:PORT");
  Address address = parse_zoned_address(take_host_and_port(words));
  if (address.port == 0) throw std::invalid_argument("port 0 cannot be connected to");
  return address;
}

Address reachable(const ListenerConfig& listener, std::vector<std::string>& words) {
  if (!listener.address.path.empty()) return listener.address;
  if (listener.address.port == 0) {
    if (!words.empty()) return take_address(words);
    throw std::invalid_argument("listener '" + listener.name + "' has port 0: give the HOST:PORT it was given");
  }
  Address address = listener.address;
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

Choice with_larger_answers(Choice choice) {
  const auto max = static_cast<std::int64_t>(choice.options.size("max"));
  choice.options.set("max", std::max(max, kLargestAnswer));
  return choice;
}

RemoteServer target_from_config(const ServerNames& names, std::vector<std::string>& words, PluginLoader& loader) {
  const ServerConfig config = read_config(names.config, loader);
  const ListenerConfig& listener = find_listener(config, names.listener);
  const TransportConfig& transport = find_transport(listener, names.transport);
  return {.transport = transport.transport,
          .address = reachable(listener, words),
          .send = transport.framing.in,
          .receive = with_larger_answers(transport.framing.out),
          .handler = listener.handler};
}

RemoteServer target_from_address(const ServerNames& names, std::vector<std::string>& words, PluginLoader& loader) {
  const Transport transport = names.transport.value_or(Transport::tcp);
  const Choice plain = parse_framing("--framing", transport == Transport::udp ? "datagram" : "raw", loader);
  return {.transport = transport,
          .address = transport == Transport::unix_socket ? take_path(words) : take_address(words),
          .send = plain,
          .receive = plain,
          .handler = std::nullopt};
}

void require_stream(const Choice& choice, const RemoteServer& target, PluginLoader& loader) {
  if (target.transport == Transport::udp || !loader.framing(choice.type)->needs_datagrams) return;
  throw std::invalid_argument("framing '" + choice.type + "' needs --udp");
}

}  // namespace

RemoteServer find_server(const ServerNames& names, std::vector<std::string>& words, PluginLoader& loader) {
  find_plugins(names, loader);
  RemoteServer target =
      names.listener.empty() ? target_from_address(names, words, loader) : target_from_config(names, words, loader);
  if (names.framing) {
    target.send = parse_framing("--framing", *names.framing, loader);
    target.receive = target.send;
  }
  if (names.send) target.send = parse_framing("--send", *names.send, loader);
  if (names.receive) target.receive = parse_framing("--recv", *names.receive, loader);
  require_stream(target.send, target, loader);
  require_stream(target.receive, target, loader);
  return target;
}

}  // namespace netkit

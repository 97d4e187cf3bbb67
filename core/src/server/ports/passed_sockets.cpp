#include "server/ports/passed_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "server/ports/bind.h"
#include "server/ports/datagram_port.h"
#include "server/ports/stream_port.h"

namespace netkit {
namespace {

constexpr std::array kVariables = {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", PassedSockets::kFilesVariable};

int option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

std::string path_of(const sockaddr_storage& storage, socklen_t size, const std::string& what) {
  const auto& address = reinterpret_cast<const sockaddr_un&>(storage);
  const std::size_t room = size - std::min<std::size_t>(size, offsetof(sockaddr_un, sun_path));
  std::string path(address.sun_path, ::strnlen(address.sun_path, room));
  if (path.empty()) throw BindError(what + "is a Unix socket without a path");
  return path;
}

Address address_of(int fd, const std::string& what) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) throw BindError(what + "is no socket");
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return {::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size()), ntohs(v4.sin_port), false};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return {::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size()), ntohs(v6.sin6_port), true};
  }
  if (storage.ss_family == AF_UNIX) return {.host = {}, .path = path_of(storage, size, what)};
  throw BindError(what + "is a socket of another kind, expected TCP, UDP or a Unix socket");
}

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return 0;
  const std::string_view digits(text);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0) {
    throw BindError(std::string(variable) + ": found '" + text + "', expected a number");
  }
  return number;
}

/// Takes the next of the colon-separated names; systemd leaves them out for unnamed sockets.
std::string next_name(std::string_view& names) {
  const std::size_t end = std::min(names.find(':'), names.size());
  std::string name(names.substr(0, end));
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

/// Parses colon-separated numbers, as HandoverChild writes them.
std::set<int> numbers_in(const char* variable) {
  const char* text = std::getenv(variable);
  std::string_view rest = text != nullptr ? text : "";
  std::set<int> numbers;
  while (!rest.empty()) {
    const std::string word = next_name(rest);
    int number = -1;
    std::from_chars(word.data(), word.data() + word.size(), number);
    numbers.insert(number);
  }
  return numbers;
}

bool same_host(const Address& one, const Address& other) {
  const auto numeric = [](const Address& address) { return address.host == "localhost" ? "127.0.0.1" : address.host; };
  return one.ipv6 == other.ipv6 && numeric(one) == numeric(other);
}

}  // namespace

PassedSockets::Socket describe_socket(UniqueFd descriptor, std::string name) {
  const int fd = descriptor.get();
  const std::string what = "socket passed in as '" + name + "' (descriptor " + std::to_string(fd) + "): it ";
  Address address = address_of(fd, what);
  const int type = option(fd, SO_TYPE);
  if (type == SOCK_STREAM && option(fd, SO_ACCEPTCONN) != 1) throw BindError(what + "does not listen");
  if (type != SOCK_STREAM && type != SOCK_DGRAM) throw BindError(what + "is neither a stream nor a datagram socket");
  const bool is_unix = !address.path.empty();
  if (is_unix && type != SOCK_STREAM) throw BindError(what + "is a Unix socket that is no stream");
  if (address.port == 0 && !is_unix) throw BindError(what + "is not bound");
  const Transport transport = is_unix ? Transport::unix_socket : type == SOCK_STREAM ? Transport::tcp : Transport::udp;
  return {std::move(descriptor), std::move(name), transport, std::move(address)};
}

std::string PassedSockets::name_for(std::string listener) {
  std::replace(listener.begin(), listener.end(), ':', '_');
  return listener;
}

PassedSockets PassedSockets::from_environment(bool handed_over) {
  // The variables may be meant for another process and inherited through a shell.
  const bool ours = handed_over || number_in("LISTEN_PID") == ::getpid();
  const int count = ours ? number_in("LISTEN_FDS") : 0;
  const char* list = std::getenv("LISTEN_FDNAMES");
  const std::string names = list != nullptr ? list : "";
  const std::set<int> left_files = handed_over ? numbers_in(PassedSockets::kFilesVariable) : std::set<int>();
  for (const char* variable : kVariables) ::unsetenv(variable);
  std::string_view rest = names;
  std::vector<Socket> sockets;
  sockets.reserve(static_cast<std::size_t>(count > 0 ? count : 0));
  for (int i = 0; i < count; ++i) {
    sockets.push_back(describe_socket(UniqueFd(kFirst + i), next_name(rest)));
    if (left_files.contains(i)) sockets.back().keeper = SocketFile::Keeper::parent;
  }
  return PassedSockets(std::move(sockets));
}

std::unique_ptr<Port> PassedSockets::take(const std::string& listener, Transport transport, const Address& address) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket& socket) {
    if (socket.transport != transport || !same_host(socket.address, address)) return false;
    if (!address.path.empty()) return socket.address.path == address.path;
    return address.port == 0 ? socket.name == name_for(listener) : socket.address.port == address.port;
  });
  if (found == sockets_.end()) return nullptr;
  const int fd = found->descriptor.release();
  const SocketFile::Keeper keeper = found->keeper;
  sockets_.erase(found);
  if (transport == Transport::unix_socket) {
    UnixSocket socket{adopt_unix(fd), {address.path, keeper}};
    return std::make_unique<StreamPort>(listener, address, std::move(socket));
  }
  if (transport == Transport::tcp) return std::make_unique<StreamPort>(listener, address, adopt_tcp(fd));
  return std::make_unique<DatagramPort>(listener, address, adopt_udp(fd));
}

std::vector<SocketFile> PassedSockets::close_left() {
  std::vector<SocketFile> files;
  for (const Socket& socket : std::exchange(sockets_, {})) {
    if (socket.keeper != SocketFile::Keeper::parent) continue;
    try {
      files.emplace_back(socket.address.path, socket.keeper);
    } catch (const BindError&) {
      continue;  // the file was removed meanwhile: nothing to hand over
    }
  }
  return files;
}

}  // namespace netkit

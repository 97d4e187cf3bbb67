#include "netkit-ctl/admin_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "framing/builtin.h"
#include "framing/http_head.h"

namespace netkit::ctl {
namespace {

constexpr timeval kPatience{60, 0};  // a reload may load large plugins
constexpr std::int64_t kLargestAnswer = std::int64_t{256} << 20;

[[noreturn]] void fail(const Address& address, int error) {
  throw NoServer("no server at " + to_string(address) + ": " + std::generic_category().message(error));
}

/// An address as connect(2) wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress socket_address(const Address& address) {
  SocketAddress result;
  if (!address.path.empty()) {
    auto& local = reinterpret_cast<sockaddr_un&>(result.storage);
    if (address.path.size() >= sizeof local.sun_path) fail(address, ENAMETOOLONG);
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, address.path.c_str(), address.path.size() + 1);
    result.size = sizeof local;
  } else if (address.ipv6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    if (::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) != 1) fail(address, EINVAL);
    result.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) != 1) fail(address, EINVAL);
    result.size = sizeof v4;
  }
  return result;
}

UniqueFd connect_to(const Address& address) {
  const SocketAddress to = socket_address(address);
  UniqueFd socket(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail(address, errno);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) != 0) fail(address, errno);
  return socket;
}

Codec http_codec() {
  Options options;
  options.set("max", kLargestAnswer);
  options.set("max_head", std::int64_t{64} << 10);
  options.set("host", std::string("localhost"));
  return http_framing().codec(options)();
}

AdminAnswer answer_of(const Message& message) {
  const AttributeValue* status = message.attribute(kHttpStatus);
  const auto* code = status == nullptr ? nullptr : std::get_if<std::int64_t>(status);
  return {code == nullptr ? 0 : static_cast<int>(*code), std::string(message.body)};
}

}  // namespace

AdminClient::AdminClient(const Address& address, std::string token)
    : socket_(connect_to(address)),
      host_(address.path.empty() ? to_string(address) : "localhost"),
      token_(std::move(token)),
      codec_(http_codec()) {}

AdminAnswer AdminClient::ask(const std::string& method, const std::string& path) {
  send(method, path);
  std::string received;
  std::array<char, 65536> piece{};
  while (true) {
    const Decoded decoded = codec_.decoder->decode(received);
    if (decoded.status == Decoded::Status::message) return answer_of(decoded.message);
    if (decoded.status == Decoded::Status::malformed)
      throw NoServer("the answer is no HTTP: " + std::string(decoded.reason));
    if (decoded.status == Decoded::Status::control) {
      received.erase(0, decoded.size);
      continue;
    }
    const ssize_t count = ::read(socket_.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw NoServer("the server has not answered");
    received.append(piece.data(), static_cast<std::size_t>(count));
  }
}

void AdminClient::send(const std::string& method, const std::string& path) {
  Attributes attributes;
  attributes.add(std::string(kHttpMethod), method).add(std::string(kHttpPath), path).add("host", host_);
  if (!token_.empty()) attributes.add("authorization", "Bearer " + token_);
  Buffer out;
  codec_.encoder->encode(attributes, {}, out);
  while (!out.empty()) {
    const ssize_t count = ::send(socket_.get(), out.view().data(), out.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw NoServer("the server takes no request");
    out.consume(static_cast<std::size_t>(count));
  }
}

}  // namespace netkit::ctl

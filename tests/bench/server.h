#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

/// What the reference servers share, so that they differ in how they move bytes and in nothing else.
namespace reference {

/// What a server does with the bytes that come.
enum class Mode : std::uint8_t {
  upper_length,  ///< A 4-byte big-endian length field, the body upper-cased.
  upper_line,    ///< Lines, upper-cased.
  echo,          ///< All bytes as they come.
};

[[noreturn]] inline void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline Mode parse_mode(int argc, char** argv) {
  const std::string_view name = argc == 2 ? argv[1] : "";
  if (name == "upper-length") return Mode::upper_length;
  if (name == "upper-line") return Mode::upper_line;
  if (name == "echo") return Mode::echo;
  std::fprintf(stderr, "usage: %s upper-length|upper-line|echo\n", argv[0]);
  std::exit(64);
}

/// Says on standard output where the server listens.
inline void announce(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
}

/// A socket on a free loopback port; TCP ones listen, and what they accept has TCP_NODELAY from them.
inline int bind_loopback(int type) {
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if ((type & SOCK_STREAM) != 0) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::listen(socket, 4096) != 0) fail("listen");
  }
  return socket;
}

inline void uppercase(char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const char c = bytes[i];
    bytes[i] = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  }
}

constexpr std::size_t kField = 4;
constexpr std::uint32_t kLargest = 1 << 20;

inline std::uint32_t body_size(const char* field) {
  std::uint32_t size = 0;
  std::memcpy(&size, field, kField);
  return ntohl(size);
}

inline std::size_t answer_lengths(char* bytes, std::size_t count) {
  std::size_t used = 0;
  while (count - used >= kField) {
    const std::uint32_t size = body_size(bytes + used);
    if (count - used - kField < size) break;
    uppercase(bytes + used + kField, size);
    used += kField + size;
  }
  return used;
}

inline std::size_t answer_lines(char* bytes, std::size_t count) {
  std::size_t used = 0;
  while (const void* end = std::memchr(bytes + used, '\n', count - used)) {
    const auto size = static_cast<std::size_t>(static_cast<const char*>(end) - (bytes + used)) + 1;
    uppercase(bytes + used, size);
    used += size;
  }
  return used;
}

/// Turns the whole messages at the front of `bytes` into their answers, in place; both have the same size here.
/// Returns how many bytes those are.
inline std::size_t answer(Mode mode, char* bytes, std::size_t count) {
  switch (mode) {
    case Mode::upper_length:
      return answer_lengths(bytes, count);
    case Mode::upper_line:
      return answer_lines(bytes, count);
    case Mode::echo:
      break;
  }
  return count;
}

}  // namespace reference

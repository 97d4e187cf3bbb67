#include "programs/protocol.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>

namespace netkit::programs {
namespace {

constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int) * kRunDescriptors);

constexpr int kHelloWaitMilliseconds = 10000;

void append_text(const std::string& text, std::string& packet) { packet.append(text.c_str(), text.size() + 1); }

/// Splits NUL-terminated texts off the front of a packet.
class TextReader {
 public:
  explicit TextReader(std::string_view bytes) : rest_(bytes) {}

  const char* next() {
    const std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) return nullptr;
    const char* text = rest_.data();
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool next(std::uint32_t count, std::vector<char*>& texts) {
    for (; count > 0; --count) {
      const char* text = next();
      if (text == nullptr) return false;
      texts.push_back(const_cast<char*>(text));  // execve(2) wants char*, but does not write to it
    }
    texts.push_back(nullptr);
    return true;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void take_descriptors(msghdr& message, ReceivedPacket& packet) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count && i < packet.descriptors.size(); ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(control) + i * sizeof(int), sizeof descriptor);
      packet.descriptors[i] = UniqueFd(descriptor);
    }
  }
}

}  // namespace

std::string encode_run(std::uint64_t id, const Command& command) {
  RequestHead head;
  head.kind = RequestKind::run;
  head.id = id;
  head.arguments = static_cast<std::uint32_t>(command.arguments.size());
  head.variables = static_cast<std::uint32_t>(command.environment.size());
  head.limits = command.limits;
  head.no_new_privileges = command.no_new_privileges;
  head.grace_milliseconds = static_cast<std::uint32_t>(command.grace.count());
  std::string packet(bytes_of(head));
  append_text(command.directory, packet);
  for (const std::string& argument : command.arguments) append_text(argument, packet);
  for (const std::string& variable : command.environment) append_text(variable, packet);
  if (packet.size() > kMaxPacket) return {};
  return packet;
}

std::string encode_request(RequestKind kind, std::uint64_t id, int signal) {
  RequestHead head;
  head.kind = kind;
  head.id = id;
  head.signal = signal;
  return std::string(bytes_of(head));
}

std::optional<Request> decode_request(std::string_view packet) {
  Request request;
  if (packet.size() < sizeof request.head) return std::nullopt;
  std::memcpy(&request.head, packet.data(), sizeof request.head);
  TextReader texts(packet.substr(sizeof request.head));
  if (request.head.kind != RequestKind::run) return texts.at_end() ? std::optional(request) : std::nullopt;
  request.directory = texts.next();
  if (request.head.arguments == 0 || request.directory == nullptr) return std::nullopt;
  if (!texts.next(request.head.arguments, request.arguments)) return std::nullopt;
  if (!texts.next(request.head.variables, request.environment) || !texts.at_end()) return std::nullopt;
  return request;
}

int send_packet(int socket, std::string_view packet, const std::vector<int>& descriptors) {
  iovec piece{const_cast<char*>(packet.data()), packet.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  if (!descriptors.empty()) {
    const std::size_t size = sizeof(int) * descriptors.size();
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

bool is_gone(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN; }

ReceivedPacket receive_packet(int socket, std::string& buffer) {
  buffer.resize(kMaxPacket);
  iovec piece{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  ReceivedPacket packet;
  if (size <= 0) return packet;
  packet.bytes = std::string_view(buffer.data(), static_cast<std::size_t>(size));
  packet.cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  take_descriptors(message, packet);
  return packet;
}

const char* await_hello(int socket) {
  pollfd event{socket, POLLIN, 0};
  if (::poll(&event, 1, kHelloWaitMilliseconds) == 0) return "it says nothing";
  Hello hello{0};
  const ssize_t size = ::recv(socket, &hello, sizeof hello, MSG_DONTWAIT | MSG_TRUNC);
  if (size <= 0) return "it ended at once";
  if (size != sizeof hello || hello != Hello{}) return "it is of another version than this plugin";
  return nullptr;
}

}  // namespace netkit::programs

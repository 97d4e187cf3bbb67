#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/transport/pipe_end.h"
#include "host/transport/plain_stream.h"
#include "host/transport/tls_stream.h"
#include "host/upstream/errno_text.h"
#include "host/upstream/upstream_connection.h"

// How an onward connection comes to its socket.

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kQueueRetry{50};

bool is_connected_socket(int descriptor) {
  int type = 0;
  ::socklen_t size = sizeof type;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return false;
  return type == SOCK_STREAM || type == SOCK_SEQPACKET;
}

bool is_pipe(int descriptor) {
  struct ::stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

void UpstreamConnection::resolve() {
  if (!plan_.settings) return use_descriptor();
  const TargetSettings& target = *plan_.settings;
  connect_end_ = loop_.now() + target.timeout;
  if (!target.path.empty()) {
    run_guarded([&] { addresses_.push_back(unix_address(target.path)); },
                [this](const char* what) { close("connect-failed", what); });
    return phase_ == Phase::resolving ? dial() : void();
  }
  if (is_numeric_host(target.host)) return on_resolved(resolve_host(target.host, target.port));
  loop_.set_deadline(*this, connect_end_);
  plan_.workers->submit([&loop = loop_, handle = handle_, host = target.host, port = target.port] {
    const auto resolve_and_tell = [&] {
      loop.post([handle, found = resolve_host(host, port)] {
        if (UpstreamConnection* const connection = handle->connection()) connection->on_resolved(found);
      });
    };
    run_guarded(resolve_and_tell, [](const char* /*what*/) {});  // no memory: it is too late in its time
  });
}

void UpstreamConnection::on_resolved(ResolvedHost host) {
  if (phase_ != Phase::resolving) return;
  if (!host.error.empty()) return close("connect-failed", std::move(host.error));
  addresses_ = std::move(host.addresses);
  loop_.guarded(*this, [this] { dial(); });
}

void UpstreamConnection::use_descriptor() {
  UniqueFd descriptor = std::move(plan_.descriptor);
  const int flags = ::fcntl(descriptor.get(), F_GETFL);
  if (flags < 0 || ::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return close("connect-failed", errno_text());
  }
  const bool pipe = is_pipe(descriptor.get());
  if (!pipe && !is_connected_socket(descriptor.get())) {
    return close("connect-failed", "the descriptor is no stream socket and no pipe");
  }
  phase_ = Phase::connecting;
  pipe ? use_pipe(std::move(descriptor), flags & O_ACCMODE) : use_socket(std::move(descriptor));
}

/// The direction that a pipe does not have counts as ended.
void UpstreamConnection::use_pipe(UniqueFd end, int access) {
  if (access == O_WRONLY) {
    peer_done_ = last_ = true;
    // While nothing is to be written, too: epoll tells then when nobody reads any more.
    watched_ = loop_.watch(end.get(), *this, 0);
    if (!watched_) return close("out-of-resources", errno_text());
  } else {
    end_sent_ = true;
  }
  stream_ = std::make_unique<PipeEnd>(std::move(end));
  established();
  settle();
}

/// Tries the addresses that are left, in turn. Each gets its share of the time that is left.
void UpstreamConnection::dial() {
  phase_ = Phase::connecting;
  if (watched_) loop_.unwatch(*this);
  watched_ = false;
  socket_.reset();
  while (next_address_ < addresses_.size()) {
    const auto left = static_cast<std::int64_t>(addresses_.size() - next_address_);
    if (!dial(addresses_[next_address_++])) {
      if (!queue_full_ || loop_.now() >= connect_end_) continue;
      --next_address_;
      return loop_.set_deadline(*this, loop_.now() + kQueueRetry);
    }
    loop_.set_deadline(*this, loop_.now() + (connect_end_ - loop_.now()) / left);
    return;
  }
  if (attempt_timed_out_) return close("connect-timeout", connect_error_);
  close("connect-failed", connect_error_);
}

/// False if that has failed already.
bool UpstreamConnection::dial(const SocketAddress& address) {
  const int type = (datagrams_ ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  socket_ = UniqueFd(::socket(address.family(), type, 0));
  const bool begun = socket_ && (::connect(socket_.get(), address.get(), address.size) == 0 || errno == EINPROGRESS);
  watched_ = begun && loop_.watch(socket_.get(), *this, EPOLLOUT);
  interest_ = EPOLLOUT;
  if (watched_) return true;
  queue_full_ = errno == EAGAIN && address.family() == AF_UNIX;  // no event tells when there is room again
  connect_error_ = errno_text();
  socket_.reset();
  return false;
}

void UpstreamConnection::finish_dialling() {
  int error = 0;
  ::socklen_t size = sizeof error;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) return use_socket(std::move(socket_));
  connect_error_ = std::generic_category().message(error);
  attempt_timed_out_ = error == ETIMEDOUT;
  dial();
}

void UpstreamConnection::use_socket(UniqueFd socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails for the others, who need it not
  const bool encrypted = plan_.settings && plan_.settings->transport == TargetSettings::Transport::tls;
  if (encrypted) {
    if (!plan_.settings->tls_context) return close("tls-failed", "the target's certificates were not read");
    std::unique_ptr<TlsEngine> engine = plan_.settings->tls_context->make_engine();
    engine->handshake();  // puts the first message into its output
    stream_ = std::make_unique<TlsStream>(std::move(socket), std::move(engine));
    phase_ = Phase::handshake;
    loop_.set_deadline(*this, connect_end_);
    if (!stream_->flush()) return close("peer-reset", errno_text());
  } else {
    stream_ = std::make_unique<PlainStream>(std::move(socket));
    established();
  }
  settle();
}

void UpstreamConnection::established() {
  phase_ = Phase::open;
  untold_connect_ = plan_.owner != nullptr;
  loop_.cancel_deadline(*this);
  if (closing_) loop_.set_deadline(*this, loop_.now() + kStallOfClose);
}

}  // namespace netkit

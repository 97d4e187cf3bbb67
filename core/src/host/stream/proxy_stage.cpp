#include "host/stream/proxy_stage.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/listener/listener_context.h"
#include "host/stream/stream_connection.h"

namespace netkit {

void ProxyStage::open(EventLoop& loop, AcceptedSocket arrival) {
  auto owned = std::make_unique<ProxyStage>(loop, std::move(arrival));
  ProxyStage& stage = *owned;
  loop.adopt(std::move(owned));
  // Edge-triggered, as bytes that are only looked at stay where they are.
  if (!loop.watch(stage.fd(), stage, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
    stage.close(CloseReason::out_of_resources, std::generic_category().message(errno));
    return;
  }
  const std::chrono::nanoseconds patience = stage.arrival_.context.timeouts.first_byte;
  if (patience.count() > 0) loop.set_deadline(stage, loop.now() + patience);
}

void ProxyStage::on_events(std::uint32_t events) {
  const std::span<char> room = loop_.read_buffer().first(ProxyHeader::kMostV2);
  const ssize_t count = ::recv(fd(), room.data(), room.size(), MSG_PEEK);
  const bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (count < 0 && (errno == EAGAIN || errno == EINTR) && !ended) return;
  if (count < 0 && errno != EAGAIN) {
    close(CloseReason::peer_reset, std::generic_category().message(errno));
    return;
  }
  look({room.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))}, ended || count == 0);
}

/// `bytes` are all that have come; `ended`: no more will.
void ProxyStage::look(std::string_view bytes, bool ended) {
  const bool required = arrival_.context.proxy.protocol == ProxyProtocol::required;
  const ProxyHeader header = ProxyHeader::parse(bytes);
  switch (header.status) {
    case ProxyHeader::Status::need_more:
      if (!ended) return;
      break;
    case ProxyHeader::Status::absent:
      break;
    case ProxyHeader::Status::malformed:
      close(CloseReason::proxy_malformed, header.reason);
      return;
    case ProxyHeader::Status::complete:
      pass_on(header);
      return;
  }
  if (!required) {
    pass_on({});
  } else if (ended) {
    close(bytes.empty() ? CloseReason::peer_closed : CloseReason::peer_cut);
  } else {
    close(CloseReason::proxy_malformed, "the connection does not begin with a PROXY header");
  }
}

/// The connection begins, behind the header if there is one.
void ProxyStage::pass_on(const ProxyHeader& header) {
  if (header.size > 0) {
    ::recv(fd(), loop_.read_buffer().data(), header.size, 0);  // all of it is there: it was looked at
    arrival_.proxied = header.source.has_value();
    if (header.source) arrival_.address = PeerAddress::of(header.source->address, header.source->port);
  }
  Admission& admission = arrival_.context.admission;
  const Admission::Refusal refusal = admission.identify(arrival_.address, arrival_.permit, loop_.now());
  if (refusal) {
    close(refusal.reason, std::string(refusal.rule->text));
    return;
  }
  loop_.unwatch(*this);
  AcceptedSocket arrival = std::move(arrival_);
  loop_.release(*this);
  StreamConnection& connection = StreamConnection::open(loop_, std::move(arrival));
  if (draining_) connection.drain();
}

void ProxyStage::drain() {
  if (std::exchange(draining_, true) || !arrival_.socket) return;
  const Timeouts& timeouts = arrival_.context.timeouts;
  std::chrono::nanoseconds patience = std::min(Deadlines::kTimeToAsk, timeouts.drain / 2);
  if (timeouts.first_byte.count() > 0) patience = std::min(patience, timeouts.first_byte);
  loop_.set_deadline(*this, loop_.now() + patience);
}

void ProxyStage::close(CloseReason reason, const std::string& detail) {
  if (!arrival_.socket) return;
  run_guarded([&] { arrival_.context.closed(reason, arrival_.address.peer(), detail); },
              [](const char* /*why*/) {});  // no memory for a line in the log; closing must not fail for that
  loop_.unwatch(*this);                     // closing does not do it while a forked child has the socket too
  arrival_.socket.reset();
  loop_.release(*this);
}

}  // namespace netkit

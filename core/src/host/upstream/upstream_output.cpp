#include "host/upstream/upstream_output.h"

#include <cerrno>
#include <system_error>

namespace netkit {

void UpstreamOutput::add(Encoder& encoder, std::string_view body, const Attributes& attributes) {
  if (!by_datagrams_) {
    Buffer& bytes = queue_.output().bytes();
    const std::size_t whole = bytes.size();
    try {
      encoder.encode(attributes, body, bytes);
    } catch (...) {
      bytes.truncate(whole);
      throw;
    }
    return;
  }
  Buffer bytes;
  encoder.encode(attributes, body, bytes);
  add_datagram(bytes.view());
}

void UpstreamOutput::add_reply(std::string_view bytes) {
  replies_ += bytes.size();
  if (by_datagrams_) {
    add_datagram(bytes);
  } else {
    queue_.output().bytes().append(bytes);
  }
}

void UpstreamOutput::add_datagram(std::string_view bytes) {
  datagrams_.emplace_back(bytes);
  datagram_bytes_ += bytes.size();
}

SendQueue::Result UpstreamOutput::send(Stream& stream) {
  SendQueue::Result result = by_datagrams_ ? send_datagrams(stream) : queue_.send(stream);
  if (empty()) replies_ = 0;
  return result;
}

SendQueue::Result UpstreamOutput::send_datagrams(Stream& stream) {
  while (!datagrams_.empty()) {
    const std::string& datagram = datagrams_.front();
    if (stream.send(datagram, false) < 0) {
      if (errno == EAGAIN || errno == EINTR) return {};
      const std::string why = std::generic_category().message(errno);
      return {errno == EMSGSIZE ? CloseReason::handler_failed : CloseReason::peer_reset, why};
    }
    datagram_bytes_ -= datagram.size();
    ++datagrams_sent_;
    datagrams_.pop_front();
  }
  return {};
}

void UpstreamOutput::release() {
  queue_.release();
  datagrams_.clear();
  datagram_bytes_ = 0;
}

}  // namespace netkit

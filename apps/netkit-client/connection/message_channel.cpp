#include "netkit-client/connection/message_channel.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/nearest.h"

namespace netkit::client {
namespace {

constexpr std::size_t kReadSize = 256 << 10;    // more than any datagram
constexpr std::size_t kPacketSize = 64 << 10;   // small messages are combined into writes of up to this size
constexpr std::size_t kReleaseAbove = 1 << 20;  // an empty receive buffer above this size is freed

}  // namespace

MessageChannel::MessageChannel(const MessageChannelParts& parts)
    : parts_(parts), codec_(parts.framing.make()), read_buffer_(kReadSize) {}

Outcome MessageChannel::enqueue(std::string_view message) {
  Buffer& packet = next_packet();
  const std::size_t before = packet.size();
  try {
    codec_.encoder->encode(kNoAttributes, message, packet);
  } catch (const std::length_error& error) {
    if (packet.empty()) outgoing_.pop_back();
    return Failure{std::string("this message cannot be sent: ") + error.what()};
  }
  unsent_ += packet.size() - before;
  ++messages_;
  if (parts_.trace != nullptr) parts_.trace->frame_to_send(packet.size() - before);
  return {};
}

Buffer& MessageChannel::next_packet() {
  const bool join = !outgoing_.empty() && !datagrams() && outgoing_.back().size() < kPacketSize;
  return join ? outgoing_.back() : outgoing_.emplace_back();
}

Outcome MessageChannel::send_some() {
  while (sending()) {
    const Io io = outgoing_.empty() ? parts_.connection.flush() : parts_.connection.send(outgoing_.front().view());
    if (io.status == Io::Status::would_block) return {};
    if (io.status == Io::Status::failed) return Failure{io.reason};
    if (io.status == Io::Status::closed) {
      outgoing_.clear();
      unsent_ = 0;
      return {};
    }
    if (!outgoing_.empty()) note_sent(io.count);
  }
  return {};
}

void MessageChannel::note_sent(std::size_t count) {
  Buffer& packet = outgoing_.front();
  if (Trace* trace = tracing()) trace->sent(packet.view().substr(0, count));
  packet.consume(count);
  unsent_ -= count;
  if (packet.empty()) outgoing_.pop_front();
}

Outcome MessageChannel::receive_some() {
  const Io io = parts_.connection.receive(read_buffer_);
  if (io.status == Io::Status::would_block) return {};
  if (io.status == Io::Status::failed) return Failure{io.reason};
  if (io.status == Io::Status::closed) {
    // In raw framing only the end of the stream ends an answer, so an end that anybody could have forged is an error.
    if (!io.reason.empty() && !parts_.framing.has_borders) return Failure{io.reason};
    return take_end();
  }
  const std::string_view bytes(read_buffer_.data(), io.count);
  incoming_.append(bytes);
  Outcome outcome = datagrams() ? parse_datagram() : parse_stream();
  if (Trace* trace = tracing()) trace->received(bytes, expected_);
  if (datagrams() && outcome) forget_answer();
  if (closed_) send_some();  // the framing's own answer to the end; if that fails, nobody waits for it
  parts_.sink.flush();
  return outcome;
}

void MessageChannel::finish_sending() {
  parts_.connection.finish_sending();
  if (datagrams()) return;
  if (const Trace* trace = tracing()) trace->event("this side ended");
}

Trace* MessageChannel::tracing() {
  if (parts_.trace != nullptr) parts_.sink.end_line();
  return parts_.trace;
}

Outcome MessageChannel::take_end() {
  closed_ = true;
  if (const Trace* trace = tracing()) trace->event("closed by the server");
  const ParseResult result = codec_.parser->end(incoming_.view(), parts_.sink);
  if (!result.ended && result.consumed == 0 && !result.failure) return {};  // unfinished() tells what is cut
  Outcome outcome = take(result);
  parts_.sink.flush();
  return outcome;
}

Outcome MessageChannel::take(const ParseResult& result) {
  reply(result.reply);
  if (result.last) closed_ = true;
  incoming_.consume(result.consumed);
  frame_done_ += result.consumed;
  expected_ = result.expected;
  if (!result.ended && !inside_answer()) frame_done_ = 0;
  if (!result.ended) return result.failure;
  if (parts_.trace != nullptr) parts_.trace->frame_received(frame_done_);
  frame_done_ = 0;
  ++answers_;
  return result.failure;
}

void MessageChannel::reply(std::string_view bytes) {
  if (bytes.empty()) return;
  next_packet().append(bytes);
  unsent_ += bytes.size();
}

Outcome MessageChannel::parse_stream() {
  while (!incoming_.empty() && !closed_) {
    const ParseResult result = codec_.parser->parse(incoming_.view(), parts_.sink);
    if (Outcome failure = take(result)) return failure;
    if (result.consumed == 0) {
      if (expected_ > frame_done_ + incoming_.size() && !inside_answer()) {
        incoming_.reserve(static_cast<std::size_t>(expected_ - frame_done_ - incoming_.size()));
      }
      return {};
    }
  }
  if (incoming_.capacity() > kReleaseAbove) incoming_.release();
  return {};
}

Outcome MessageChannel::parse_datagram() {
  do {
    const ParseResult result = codec_.parser->parse(incoming_.view(), parts_.sink);
    if (Outcome failure = take(result)) return failure;
    if (result.consumed == 0 && !result.ended) break;
  } while (!incoming_.empty());
  if (incoming_.empty() && !inside_answer()) return {};
  return Failure{"a datagram ended in the middle of an answer: " + unfinished() + " (is the framing right?)"};
}

/// Begins anew, so that one damaged datagram does not spoil the next.
void MessageChannel::forget_answer() {
  incoming_.clear();
  codec_ = parts_.framing.make();
  frame_done_ = 0;
  expected_ = 0;
}

std::string MessageChannel::unfinished() const {
  const std::uint64_t have = frame_done_ + incoming_.size();
  if (have == 0) return {};
  if (expected_ > 0) return std::to_string(have) + " of " + std::to_string(expected_) + " bytes";
  return std::to_string(have) + " bytes without an end, " + in_quotes(incoming_.view());
}

}  // namespace netkit::client

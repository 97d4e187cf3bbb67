#include "host/transport/send_queue.h"

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"

namespace netkit {
namespace {

constexpr std::size_t kBodyShare = std::size_t{1} << 20;  // of one body in one turn

SendQueue::Result lost() { return {CloseReason::peer_reset, std::generic_category().message(errno)}; }

bool may_try_again() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

// clang-tidy loses track of the unique_ptr in a result that is returned.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
SendQueue::Result SendQueue::send(Stream& stream) {
  Result result = send_from(output_, stream);
  if (output_.empty()) output_.release();
  return result;
}

SendQueue::Result SendQueue::send(Stream& stream, Output& fresh) {
  Result result = send_from(fresh, stream);
  if (result.ok() && !fresh.empty()) output_.append(fresh);
  fresh.clear();
  return result;
}
// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

SendQueue::Result SendQueue::send_from(Output& out, Stream& stream) {
  if (stream.holds_unsent() && !stream.flush()) return lost();
  for (;;) {
    if (body_ != nullptr) {
      Result result = send_body(stream, !out.empty());
      if (!result.ok() || body_ != nullptr) return result;
    }
    const std::string_view bytes = out.front_bytes();
    if (!bytes.empty()) {
      const ssize_t sent = stream.send(bytes, out.more_behind_front());
      if (sent < 0) return may_try_again() ? Result{} : lost();
      sent_bytes_ += static_cast<std::size_t>(sent);
      out.consume(static_cast<std::size_t>(sent));
      if (static_cast<std::size_t>(sent) < bytes.size() || out.empty()) return {};
    } else if (out.front_body() != nullptr) {
      if (Result result = begin_body(out.take_body()); !result.ok()) return result;
    } else {
      return {};
    }
  }
}

SendQueue::Result SendQueue::begin_body(std::unique_ptr<BodySource> source) {
  Result result;
  run_guarded([&] { body_ = std::make_unique<BodySender>(std::move(source)); },
              [&](const char* what) {
                result = {CloseReason::body_failed, what};
              });
  return result;
}

SendQueue::Result SendQueue::send_body(Stream& stream, bool more) {
  Result result;
  const auto failed = [&](const char* what) { result = {CloseReason::body_failed, what}; };
  const std::uint64_t before = body_->sent();
  std::optional<BodySender::Status> status;
  run_guarded([&] { status = body_->send(stream, kBodyShare, more); }, failed);
  sent_bytes_ += body_->sent() - before;  // also of a source that failed in the middle
  if (status) run_guarded([&] { result = result_of(*status); }, failed);
  return result;
}

SendQueue::Result SendQueue::result_of(BodySender::Status status) {
  switch (status) {
    case BodySender::Status::done:
      body_.reset();
      return {};
    case BodySender::Status::blocked:
    case BodySender::Status::yielded:
      return {};
    case BodySender::Status::lost:
      return lost();
    case BodySender::Status::failed:
      break;
  }
  return {CloseReason::body_failed, "the body came short or changed while it was sent"};
}

void SendQueue::release() {
  body_.reset();
  output_.release();
}

}  // namespace netkit

#include "host/transport/body_sender.h"

#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/run_guarded.h"
#include "session/streamed_body.h"

namespace netkit {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

BodySender::Status socket_status() {
  if (errno == EAGAIN || errno == EINTR) return BodySender::Status::blocked;
  return BodySender::Status::lost;
}

}  // namespace

BodySender::BodySender(std::unique_ptr<BodySource> source) : source_(std::move(source)), size_(source_->size()) {}

BodySender::~BodySender() {
  run_guarded([this] { source_->on_sent(sent_); }, [](const char* /*why*/) {});  // too late for it to matter
}

BodySender::Status BodySender::send(Stream& stream, std::size_t share, bool more) {
  const bool by_file = stream.takes_files() && source_->descriptor() >= 0;
  while (sent_ < size_) {
    if (share == 0) return Status::yielded;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(share, size_ - sent_));
    // The last bytes leave only if the source is still what was announced.
    if (count == size_ - sent_ && !source_->intact()) return Status::failed;
    std::size_t moved = 0;
    const Status status = by_file ? send_file(stream, count, moved) : send_read(stream, count, more, moved);
    if (status == Status::done && moved == 0) return Status::done;  // the end of a body of unknown size
    sent_ += moved;
    share -= moved;
    if (status != Status::done) return status;
  }
  return Status::done;
}

BodySender::Status BodySender::send_file(Stream& stream, std::size_t count, std::size_t& moved) {
  auto offset = static_cast<off_t>(source_->offset() + sent_);
  const ssize_t sent = ::sendfile(stream.socket(), source_->descriptor(), &offset, count);
  if (sent == 0) return Status::failed;  // the file ends before its announced size
  if (sent < 0) return errno == EIO ? Status::failed : socket_status();
  moved = static_cast<std::size_t>(sent);
  return Status::done;
}

BodySender::Status BodySender::send_read(Stream& stream, std::size_t count, bool more, std::size_t& moved) {
  if (piece_.empty()) {
    const std::size_t want = std::min(count, kPiece);
    const std::size_t got = source_->read(piece_.grow(want));
    piece_.truncate(std::min(got, want));
    if (got == 0 && size_ == kUntilItEnds) return Status::done;
    if (got == 0 || got > want) return Status::failed;
  }
  const std::string_view bytes = piece_.view().substr(0, count);
  const ssize_t sent = stream.send(bytes, more || bytes.size() < count);
  if (sent < 0) return socket_status();
  moved = static_cast<std::size_t>(sent);
  piece_.consume(moved);
  return Status::done;
}

}  // namespace netkit

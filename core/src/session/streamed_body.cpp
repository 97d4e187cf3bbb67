#include "session/streamed_body.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/run_guarded.h"
#include "netkit/buffer.h"

namespace netkit {
namespace {

constexpr std::size_t kPiece = std::size_t{16} << 10;
constexpr std::uint64_t kMostWhole = std::uint64_t{1} << 20;

class TransformedBody final : public BodySource {
 public:
  TransformedBody(std::unique_ptr<BodySource> source, std::unique_ptr<BodyEncoder> encoder)
      : source_(std::move(source)), encoder_(std::move(encoder)), left_(source_->size()) {}
  TransformedBody(const TransformedBody&) = delete;
  TransformedBody& operator=(const TransformedBody&) = delete;
  /// What was read of the source counts as sent: how much of that has left cannot be told from changed bytes.
  ~TransformedBody() override {
    run_guarded([this] { source_->on_sent(source_->size() - left_); }, [](const char* /*why*/) {});
  }

  std::uint64_t size() const override { return kUntilItEnds; }

  std::size_t read(std::span<char> into) override {
    while (ready_.empty() && !ended_) left_ > 0 ? fetch() : end();
    const std::size_t count = std::min(into.size(), ready_.size());
    std::copy_n(ready_.view().begin(), count, into.begin());
    ready_.consume(count);
    return count;
  }

 private:
  /// The last piece is taken only if the body is still what was announced.
  void fetch() {
    piece_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPiece)));
    if (piece_.size() == left_ && !source_->intact()) throw std::runtime_error("the body changed while it was sent");
    const std::size_t count = source_->read(piece_);
    if (count == 0 || count > piece_.size()) throw std::runtime_error("the body came short");
    left_ -= count;
    encoder_->transform(std::string_view(piece_).substr(0, count), ready_);
  }

  void end() {
    encoder_->end(ready_);
    ended_ = true;
  }

  std::unique_ptr<BodySource> source_;
  std::unique_ptr<BodyEncoder> encoder_;
  std::uint64_t left_;  // of the source
  std::string piece_;
  Buffer ready_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<BodySource> transformed(std::unique_ptr<BodySource> source, std::unique_ptr<BodyEncoder> encoder) {
  return std::make_unique<TransformedBody>(std::move(source), std::move(encoder));
}

std::string read_whole(BodySource& source) {
  const std::uint64_t size = source.size();
  if (size > kMostWhole) {
    throw std::length_error("body of " + std::to_string(size) + " bytes, the framing needs bodies whole and at most " +
                            std::to_string(kMostWhole) + " bytes");
  }
  std::string body(static_cast<std::size_t>(size), '\0');
  std::size_t got = 0;
  while (got < body.size()) {
    const std::size_t count = source.read(std::span(body).subspan(got));
    if (count == 0 || count > body.size() - got) throw std::runtime_error("the body came short");
    got += count;
  }
  if (!source.intact()) throw std::runtime_error("the body changed while it was read");
  source.on_sent(size);
  return body;
}

}  // namespace netkit

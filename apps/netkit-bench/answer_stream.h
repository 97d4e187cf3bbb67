#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit-bench/wire_cycle.h"
#include "netkit/buffer.h"
#include "netkit/codec.h"
#include "netkit/options.h"

namespace netkit::bench {

/// What a piece of a server's stream came to.
struct Taken {
  std::size_t answers = 0;   ///< Answers that ended in it.
  std::string_view error{};  ///< Not empty: the bytes are wrong, and why. Lives as long as the stream.
};

/// Finds the answers in the bytes of one connection and checks them. All bytes are taken, in order.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;

  virtual Taken take(std::string_view bytes) = 0;

  /// How many of the next bytes do not matter, so that they need not be read; discard() then stands for take().
  virtual std::uint64_t discardable() const { return 0; }
  virtual Taken discard(std::uint64_t /*count*/) { return {}; }
};

/// Answers known in advance: the bytes are compared, nothing is decoded.
class ExpectedStream final : public AnswerStream {
 public:
  /// `answers` outlives the stream.
  explicit ExpectedStream(const WireCycle& answers) : answers_(answers) {}
  Taken take(std::string_view bytes) override;

 private:
  const WireCycle& answers_;
  std::size_t offset_ = 0;  // into the cycle
  std::size_t next_ = 0;    // the answer that byte belongs to
};

/// Answers of unknown content: they are decoded and counted. What the framing itself asks (a ping) is passed over.
class DecodedStream final : public AnswerStream {
 public:
  explicit DecodedStream(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}
  Taken take(std::string_view bytes) override;

 private:
  std::unique_ptr<Decoder> decoder_;
  Buffer kept_;
};

/// What stands before a body, and how long the body is.
class FrontReader {
 public:
  virtual ~FrontReader() = default;

  struct Front {
    Decoded::Status status = Decoded::Status::need_more;
    std::size_t size = 0;       ///< Bytes before the body.
    std::uint64_t body = 0;     ///< Bytes of the body.
    std::string_view reason{};  ///< malformed: what is wrong. Lives as long as the reader.
  };

  /// Looks for the front of an answer at the front of `bytes`. An answer that reports an error is malformed too.
  virtual Front read(std::string_view bytes) = 0;
};

/// The front of a json-header answer, from the options of that framing.
std::unique_ptr<FrontReader> json_front(const Options& options);

/// The front of an HTTP/1.1 answer with a Content-Length (RFC 9112).
std::unique_ptr<FrontReader> http_front();

/// Answers with bodies of any size behind a front: the bodies are counted, not looked at.
class BodyStream final : public AnswerStream {
 public:
  explicit BodyStream(std::unique_ptr<FrontReader> reader) : reader_(std::move(reader)) {}
  Taken take(std::string_view bytes) override;
  std::uint64_t discardable() const override { return body_; }
  Taken discard(std::uint64_t count) override;

 private:
  std::unique_ptr<FrontReader> reader_;
  Buffer kept_;             // a part of a front
  std::uint64_t body_ = 0;  // bytes still to come
};

}  // namespace netkit::bench

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit-bench/workload/wire_cycle.h"
#include "netkit/buffer.h"
#include "netkit/codec.h"
#include "netkit/options.h"

namespace netkit::bench {

/// The result of checking a piece of a server's stream.
struct Taken {
  std::size_t answers = 0;   ///< Answers completed by it.
  std::string_view error{};  ///< Why the bytes are wrong; empty if they are right. Lives as long as the stream.
};

/// Finds and checks the answers in the byte stream of one connection. Gets all bytes, in order.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;

  virtual Taken take(std::string_view bytes) = 0;

  /// How many of the next bytes need not be read; call discard() for them instead of take().
  virtual std::uint64_t discardable() const { return 0; }
  virtual Taken discard(std::uint64_t /*count*/) { return {}; }
};

/// For answers known in advance: compares bytes and decodes nothing.
class ExpectedStream final : public AnswerStream {
 public:
  /// `answers` must outlive the stream.
  explicit ExpectedStream(const WireCycle& answers) : answers_(answers) {}
  Taken take(std::string_view bytes) override;

 private:
  const WireCycle& answers_;
  std::size_t offset_ = 0;  // into the cycle, in bytes
  std::size_t next_ = 0;    // the answer that the byte at offset_ belongs to
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

/// Parses the front of an answer: what comes before the body, and the body's size.
class FrontReader {
 public:
  virtual ~FrontReader() = default;

  struct Front {
    Decoded::Status status = Decoded::Status::need_more;
    std::size_t size = 0;       ///< Bytes before the body.
    std::uint64_t body = 0;     ///< Bytes of the body.
    std::string_view reason{};  ///< malformed: why. Lives as long as the reader.
  };

  /// Parses the front of an answer at the start of `bytes`. Treats an answer that reports an error as malformed.
  virtual Front read(std::string_view bytes) = 0;
};

/// For json-header answers, from the options of that framing.
std::unique_ptr<FrontReader> json_front(const Options& options);

/// For HTTP/1.1 answers with a Content-Length (RFC 9112).
std::unique_ptr<FrontReader> http_front();

/// For answers with a front and a body of any size: counts the bodies without looking at them.
class BodyStream final : public AnswerStream {
 public:
  explicit BodyStream(std::unique_ptr<FrontReader> reader) : reader_(std::move(reader)) {}
  Taken take(std::string_view bytes) override;
  std::uint64_t discardable() const override { return body_; }
  Taken discard(std::uint64_t count) override;

 private:
  std::unique_ptr<FrontReader> reader_;
  Buffer kept_;             // an incomplete front
  std::uint64_t body_ = 0;  // bytes that are still missing
};

}  // namespace netkit::bench

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>

#include "netkit/codec.h"
#include "netkit/responder.h"
#include "session/endpoint.h"
#include "session/output.h"

namespace netkit {

/// Where a worker's answers go while its call still runs.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// Takes what is in `answers` and leaves it empty; waits while the peer has too much to read already. Called by the
  /// worker, between two whole messages.
  virtual void pass_on(Output& answers) = 0;
};

/// The responder: frames each answer with an encoder straight into an output.
class AnswerWriter final : public Responder {
 public:
  AnswerWriter(Encoder& encoder, Output& out, const Endpoint& endpoint)
      : encoder_(encoder),
        out_(out),
        endpoint_(endpoint),
        encodes_ends_(encoder.has_end()),
        tells_ends_(out.keeps_message_ends()) {}

  /// For a call on a worker: answers are passed on whenever `kPassOnAt` bytes or a body have gathered.
  void use_sink(AnswerSink& sink, std::stop_token stop) {
    sink_ = &sink;
    stop_ = std::move(stop);
    tells_ends_ = true;
  }

  using Responder::send;
  void send(std::string_view body, const Header& header) override;
  void stream(std::unique_ptr<BodySource> source, const Header& header) override;
  void close() override { closed_ = true; }
  Peer peer() const override { return endpoint_.peer(); }
  std::stop_token stop_token() const override { return stop_; }

  bool closed() const { return closed_; }

  /// How many whole messages were written.
  std::uint64_t messages() const { return messages_; }

  bool for_datagrams() const { return out_.keeps_message_ends(); }

  /// Takes back the answer that an exception left half written.
  void drop_unfinished() {
    if (unfinished_) [[unlikely]]
      take_back();
  }

 protected:
  std::span<char> open(std::size_t size) override;
  void finish() override;

 private:
  static constexpr std::size_t kPassOnAt = std::size_t{64} << 10;

  void begin_message();
  void end_message();
  void tell_end();
  void take_back();

  Encoder& encoder_;
  Output& out_;
  const Endpoint& endpoint_;
  AnswerSink* sink_ = nullptr;
  std::stop_token stop_;
  std::uint64_t messages_ = 0;
  std::size_t whole_bytes_ = 0;  // where the message that is being written began
  std::size_t open_size_ = 0;
  bool unfinished_ = false;
  bool streaming_ = false;  // the unfinished message has a body
  bool closed_ = false;
  bool encodes_ends_;
  bool tells_ends_;  // the output or the sink wants to know of each
};

}  // namespace netkit

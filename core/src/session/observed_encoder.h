#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "netkit/codec.h"
#include "netkit/handler.h"

namespace netkit {

/// Shows each answer to a handler that sees answers (filters do) before the framing's own encoder has it.
class ObservedEncoder final : public Encoder {
 public:
  /// `handler` outlives the encoder.
  ObservedEncoder(std::unique_ptr<Encoder> inner, Handler& handler) : inner_(std::move(inner)), handler_(handler) {}

  void encode(const Attributes& attributes, std::string_view body, Buffer& out) override {
    Answer answer{.body = body, .attributes = &attributes};
    handler_.on_answer(answer);
    inner_->encode(*answer.attributes, answer.body, out);
  }

  /// Of a streamed body: what is at hand comes by encode().
  void begin(const Attributes& attributes, std::uint64_t size, Buffer& out) override {
    Answer answer{.attributes = &attributes, .streamed = true};
    handler_.on_answer(answer);
    inner_->begin(*answer.attributes, size, out);
  }
  void end(std::span<char> body, Buffer& out) override { inner_->end(body, out); }
  bool has_end() const noexcept override { return inner_->has_end(); }
  Bodies bodies() const noexcept override { return inner_->bodies(); }
  std::unique_ptr<BodyEncoder> body_encoder() override { return inner_->body_encoder(); }
  bool ends_calls() const noexcept override { return inner_->ends_calls(); }
  void end_call(Buffer& out) override { inner_->end_call(out); }

 private:
  std::unique_ptr<Encoder> inner_;
  Handler& handler_;
};

}  // namespace netkit

#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/framing_spec.h"
#include "framing/builtin.h"
#include "netkit/handler.h"
#include "plugin/codec_maker.h"
#include "plugin/loader.h"
#include "session/session.h"

namespace netkit::testing {

/// A handler made of a function; `blocks` says whether its calls become jobs.
class FunctionHandler final : public Handler {
 public:
  using Function = std::function<void(const Message&, Responder&)>;
  explicit FunctionHandler(Function function, bool blocks = false) : function_(std::move(function)), blocks_(blocks) {}
  void on_message(const Message& message, Responder& responder) override { function_(message, responder); }
  bool may_block(const Message&) const override { return blocks_; }

 private:
  Function function_;
  bool blocks_;
};

inline std::shared_ptr<Handler> make_handler(FunctionHandler::Function function, bool blocks = false) {
  return std::make_shared<FunctionHandler>(std::move(function), blocks);
}

inline std::shared_ptr<Handler> echo_handler(bool blocks = false) {
  return make_handler([](const Message& message, Responder& responder) { responder.send(message.body); }, blocks);
}

/// The protocol of a listener with built-in framings, each as `type[,option=value...]`.
inline Protocol make_protocol(const std::string& in, const std::string& out, std::shared_ptr<Handler> handler) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry);
  const Choice in_choice = parse_framing_spec(in, loader);
  const Choice out_choice = parse_framing_spec(out, loader);
  Protocol protocol;
  const Framing framing = netkit::make_framing({*registry.framing(in_choice.type), in_choice.options},
                                               {*registry.framing(out_choice.type), out_choice.options});
  protocol.make_codec = [framing] { return framing.make(); };
  protocol.handler = std::move(handler);
  return protocol;
}

/// `protocol` with another decoder or encoder.
inline void use_decoder(Protocol& protocol, std::function<std::unique_ptr<Decoder>()> make) {
  protocol.make_codec = [codec = protocol.make_codec, make] { return Codec{make(), codec().encoder}; };
}
inline void use_encoder(Protocol& protocol, std::function<std::unique_ptr<Encoder>()> make) {
  protocol.make_codec = [codec = protocol.make_codec, make] { return Codec{codec().decoder, make()}; };
}

/// Keeps the calls that replies were made for, and what was said with them; conversations are of none.
class RecordingHost final : public SessionHost, public HandleMaker {
 public:
  Peer peer() const override { return {.host = "192.0.2.7", .port = 4711}; }
  HandleMaker& handles() override { return *this; }
  // The host outlives the session, as the contract has it: nobody else need hold it.
  std::shared_ptr<HandleMaker> hold() override { return {std::shared_ptr<void>(), this}; }
  Conversation conversation() override { return {}; }
  Reply make_reply(std::uint64_t call, CallPermit permit) override;
  void call_refused() override { ++refused_calls; }

  int refused_calls = 0;
  std::vector<std::uint64_t> replies{};
  std::vector<std::uint64_t> dropped{};

 private:
  class Kept;
};

/// A reply that is kept: nobody hears what it says, but for its drop.
class RecordingHost::Kept final : public ReplyCore {
 public:
  Kept(RecordingHost& host, std::uint64_t call) : host_(host), call_(call) {}
  bool wanted() const noexcept override { return true; }
  std::stop_token stop_token() override { return {}; }
  bool send(SharedBody /*body*/, const Attributes& /*attributes*/) override { return true; }
  bool stream(std::unique_ptr<BodySource> /*source*/, const Attributes& /*attributes*/) override { return true; }
  void use_framing(const Framing& /*framing*/) override {}
  void start_tls() override {}
  void finish(bool /*close*/) override {}
  void finish_with(std::string_view /*body*/, const Attributes& /*attributes*/) override {}
  void finish_by(Answering /*answering*/) override {}
  void drop() noexcept override { host_.dropped.push_back(call_); }
  Conversation conversation() const override { return {}; }

 private:
  RecordingHost& host_;
  const std::uint64_t call_;
};

inline Reply RecordingHost::make_reply(std::uint64_t call, CallPermit /*permit*/) {
  replies.push_back(call);
  return Reply(std::make_unique<Kept>(*this, call));
}

}  // namespace netkit::testing

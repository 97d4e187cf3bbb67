#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/framing_spec.h"
#include "framing/builtin.h"
#include "netkit/handler.h"
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
  protocol.make_decoder = registry.framing(in_choice.type)->decoder(in_choice.options);
  protocol.make_encoder = registry.framing(out_choice.type)->encoder(out_choice.options);
  protocol.handler = std::move(handler);
  return protocol;
}

struct FixedEndpoint final : Endpoint {
  Peer peer() const override { return {"192.0.2.7", 4711}; }
};

}  // namespace netkit::testing

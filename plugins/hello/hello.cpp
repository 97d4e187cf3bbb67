#include <memory>
#include <utility>

#include "greeting.h"
#include "netkit/plugin.h"

namespace {

/// Answers every message with a greeting.
class Hello final : public netkit::Handler {
 public:
  explicit Hello(hello::Greeting greeting) : greeting_(std::move(greeting)) {}

  void on_message(const netkit::Message& /*message*/, netkit::Responder& responder) override {
    responder.send(greeting_.for_peer(responder.peer()));
  }

 private:
  const hello::Greeting greeting_;
};

void enroll(netkit::Registry& registry) {
  registry.add(
      netkit::HandlerType{.name = "hello",
                          .help = "greets the peer by its address, whatever the message",
                          .options = {{.name = "text",
                                       .fallback = "hello,{host}:{port}",
                                       .help = "the greeting; {host} and {port} are the peer's, {{ is a brace"}},
                          .make = [](const netkit::Options& options, const netkit::HandlerContext&) {
                            return std::make_unique<Hello>(hello::Greeting(options.text("text")));
                          }});
}

}  // namespace

NETKIT_PLUGIN("hello", "1.0", enroll)

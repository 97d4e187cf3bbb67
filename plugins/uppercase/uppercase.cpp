#include <memory>
#include <span>

#include "ascii.h"
#include "netkit/plugin.h"
#include "utf8.h"

namespace {

void answer_ascii(const netkit::Message& message, netkit::Responder& responder) {
  responder.write(message.body.size(), [&](std::span<char> out) { uppercase::ascii_upper(message.body, out.data()); });
}

class AsciiUppercase final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    answer_ascii(message, responder);
  }
};

class Utf8Uppercase final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    if (uppercase::is_ascii(message.body)) {
      answer_ascii(message, responder);
    } else {
      responder.send(uppercase::utf8_upper(message.body));
    }
  }
};

std::unique_ptr<netkit::Handler> make(const netkit::Options& options, const netkit::HandlerContext& /*context*/) {
  if (options.text("charset") == "utf-8") return std::make_unique<Utf8Uppercase>();
  return std::make_unique<AsciiUppercase>();
}

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{.name = "uppercase",
                                   .help = "answers each message in upper case",
                                   .options = {{.name = "charset",
                                                .type = netkit::OptionType::choice,
                                                .fallback = "ascii",
                                                .help = "ascii maps a-z only, utf-8 every letter that has a capital",
                                                .choices = {"ascii", "utf-8"}}},
                                   .make = make});
}

}  // namespace

NETKIT_PLUGIN("uppercase", "1.0", enroll)

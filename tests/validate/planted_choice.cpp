#include "planted.h"

#include <stdexcept>

namespace {

void add(netkit::Registry& registry) {
  netkit::HandlerType type = planted_handler(nullptr);
  type.options = {{.name = "how",
                   .type = netkit::OptionType::choice,
                   .fallback = "well",
                   .help = "how it goes",
                   .choices = {"well", "badly"}}};
  type.make = [](const netkit::Options& options, const netkit::HandlerContext&) -> std::unique_ptr<netkit::Handler> {
    if (options.text("how") == "badly") throw std::logic_error("nobody has written this");
    class Quiet final : public netkit::Handler {
      void on_message(const netkit::Message&, netkit::Responder&) override {}
    };
    return std::make_unique<Quiet>();
  };
  registry.add(std::move(type));
}

}  // namespace

PLANTED(add)

#include <netkit/plugin.h>
#include <memory>
#include <string>

namespace {

class Silent final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}
};

std::unique_ptr<netkit::Handler> make(const netkit::Options& options, const netkit::HandlerContext& /*context*/) {
  const std::string mistake = MISTAKE;
  if (mistake == "reads-unpublished") options.flag("secret");
  if (mistake == "refuses-unpublished") throw netkit::OptionError("secret", "no good");
  return std::make_unique<Silent>();
}

/// A type that is right but for the mistake that this file is built with.
netkit::HandlerType type() {
  const std::string mistake = MISTAKE;
  netkit::HandlerType type{.name = MISTAKE, .help = "has a mistake", .options = {{.name = "some"}}, .make = make};
  if (mistake == "nameless") type.name.clear();
  if (mistake == "without-make") type.make = nullptr;
  if (mistake == "option-twice") type.options.push_back({.name = "some"});
  if (mistake == "option-nameless") type.options.push_back({});
  if (mistake == "option-type") type.options.push_back({.name = "type"});
  if (mistake == "default-of-another-type") {
    type.options.push_back({.name = "time", .type = netkit::OptionType::duration, .fallback = "soon"});
  }
  if (mistake == "default-out-of-range") {
    type.options.push_back({.name = "count", .type = netkit::OptionType::integer, .fallback = "9", .most = 8});
  }
  return type;
}

void enroll(netkit::Registry& registry) { registry.add(type()); }

}  // namespace

NETKIT_PLUGIN(MISTAKE, "1.0", enroll)

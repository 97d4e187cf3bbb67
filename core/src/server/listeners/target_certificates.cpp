#include "server/listeners/target_certificates.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "base/nearest.h"
#include "tls/error.h"
#include "upstream/target_settings.h"

namespace netkit {
namespace {

/// Throws TlsError if the certificates cannot be used.
Target with_certificates(const Target& target) {
  const auto* core = dynamic_cast<const TargetSettings*>(target.core().get());
  if (core == nullptr || core->transport != TargetSettings::Transport::tls) return target;
  auto settings = std::make_shared<TargetSettings>(*core);
  settings->tls_context = std::make_shared<const TlsClientContext>(settings->tls);
  return {target.name(), target.framing(), std::move(settings)};
}

Options::Targets with_certificates(const Options::Targets& targets) {
  Options::Targets usable;
  for (const auto& [key, target] : targets) usable.emplace(key, with_certificates(target));
  return usable;
}

}  // namespace

Options with_certificates(const Options& options) {
  Options usable = options;
  for (const auto& [name, value] : options.all()) {
    try {
      if (const auto* target = std::get_if<Target>(&value)) usable.set(name, with_certificates(*target));
      if (const auto* targets = std::get_if<Options::Targets>(&value)) usable.set(name, with_certificates(*targets));
    } catch (const TlsError& error) {
      throw OptionError(name, in_quotes(name) + ": 'tls': " + error.what());
    }
  }
  return usable;
}

}  // namespace netkit

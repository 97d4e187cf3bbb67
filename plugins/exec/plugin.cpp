#include "netkit/plugin.h"

#include <memory>
#include <utility>

#include "exec_handler.h"
#include "handler_options.h"

namespace netkit::exec {
namespace {

void enroll(Registry& registry) {
  HandlerType type;
  type.name = "exec";
  type.help = "runs a command for each message and answers with its output";
  type.options = option_specs();
  type.make = [](const Options& options, const HandlerContext& context) -> std::unique_ptr<Handler> {
    ExecParts parts = make_parts(options, context);
    std::shared_ptr<programs::Launcher> launcher = programs::Launcher::shared(parts.surroundings.launcher);
    return std::make_unique<ExecHandler>(std::move(parts), std::move(launcher), context);
  };
  type.danger = danger;
  registry.add(std::move(type));
}

}  // namespace
}  // namespace netkit::exec

NETKIT_PLUGIN("exec", "0.1.0", netkit::exec::enroll)

#include "netkit/plugin.h"

#include <memory>
#include <utility>

#include "command_file.h"
#include "each/connection_handler.h"
#include "each/message_handler.h"
#include "pool/pool_handler.h"
#include "programs/danger/command_danger.h"
#include "settings.h"

namespace netkit::process {
namespace {

std::unique_ptr<Handler> make(const Options& options, const HandlerContext& context) {
  Settings settings = read_settings(options, context);
  switch (settings.per) {
    case Per::connection:
      return std::make_unique<ConnectionHandler>(std::move(settings), context);
    case Per::message:
      return std::make_unique<MessageHandler>(std::move(settings), context);
    case Per::listener:
      break;
  }
  return std::make_unique<PoolHandler>(std::move(settings), context);
}

void enroll(Registry& registry) {
  HandlerType type;
  type.name = "process";
  type.help = "has programs answer: a pool for all conversations, or one for each conversation or message";
  type.options = option_specs();
  type.make = make;
  type.danger = [](const Options& options) { return programs::danger_of_input(options.texts("command")); };
  type.files = [](const Options& options) {
    return command_files(options.texts("command"), options.text("directory"));
  };
  registry.add(std::move(type));
}

}  // namespace
}  // namespace netkit::process

NETKIT_PLUGIN("process", "0.1.0", netkit::process::enroll)

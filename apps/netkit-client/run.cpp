#include "netkit-client/run.h"

#include <unistd.h>

#include "framing/builtin.h"
#include "netkit-client/download/download_target.h"
#include "netkit-client/downloads.h"
#include "netkit-client/output/terminal_text.h"
#include "netkit-client/prompt_talk.h"
#include "netkit-client/session.h"
#include "netkit-client/talk.h"
#include "plugin/loader.h"

namespace netkit::client {

RunResult run(const CommandLine& line) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry, builtin_plugin_folder());
  if (line.get) check_download_targets(*line.get);
  ClientSession session(line, loader);
  if (line.get) return download_all(line, session);
  const bool typed = line.data.empty() && session.target().messages.empty() && is_terminal(STDIN_FILENO);
  return typed ? talk_at_prompt(line, session) : talk(line, session);
}

}  // namespace netkit::client

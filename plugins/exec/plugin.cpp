#include "netkit/plugin.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "environment.h"
#include "exec_handler.h"

namespace netkit::exec {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000 * kMillisecond;
constexpr std::uint64_t kInMemory = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostInJson = std::uint64_t{16} << 20;

std::vector<OptionSpec> option_specs() {
  return {
      {"shell", OptionType::flag, "false", "run the message by /bin/sh -c: whoever reaches the listener has a shell"},
      {"commands", OptionType::table, "", "what may be run: names, each with a program and its first arguments"},
      {.name = "output",
       .type = OptionType::choice,
       .fallback = "stderr-or-stdout",
       .help = "what is answered; stderr-or-stdout: stderr if there is any, else stdout",
       .choices = {"stderr-or-stdout", "stdout", "merged", "json"}},
      {.name = "timeout",
       .type = OptionType::duration,
       .fallback = "60s",
       .help = "how long a command may run before its process group gets SIGTERM",
       .least = kMillisecond,
       .most = 365 * kDay},
      {.name = "grace",
       .type = OptionType::duration,
       .fallback = "2s",
       .help = "how long after SIGTERM it gets SIGKILL",
       .most = kDay},
      {.name = "max_output",
       .type = OptionType::size,
       .fallback = "1MiB",
       .help = "most bytes of stdout, and of stderr; a command that writes more is killed",
       .least = 1},
      {"env", OptionType::texts, "", "further environment variables: NAME=value, or NAME to pass on the server's"},
      {"directory", OptionType::path, "", "folder that commands run in; unset: the server's"},
  };
}

/// What names the commands: exactly one of two options.
std::unique_ptr<Interpreter> make_interpreter(const Options& options) {
  const bool shell = options.flag("shell");
  const Options::Table& commands = options.table("commands");
  if (shell && !commands.empty()) throw OptionError("shell", "shell and commands exclude each other: set one of them");
  if (shell) return shell_interpreter();
  if (commands.empty()) throw OptionError("commands", "nothing can be run: set commands, or shell to true");
  for (const auto& [name, words] : commands) {
    if (words.empty() || words.front().empty()) throw OptionError("commands", "command '" + name + "' has no program");
    for (const std::string& word : words) {
      if (word.find('\0') != std::string::npos) {
        throw OptionError("commands", "command '" + name + "' has a NUL byte in it");
      }
    }
  }
  return named_commands(commands);
}

std::string checked_directory(const Options& options) {
  if (!options.has("directory")) return {};
  const std::string& directory = options.text("directory");
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    throw OptionError("directory", "'" + directory + "' is not a folder");
  }
  return directory;
}

ErrorStream error_stream(const std::string& output) {
  if (output == "stdout") return ErrorStream::dropped;
  return output == "merged" ? ErrorStream::joined : ErrorStream::own;
}

ExecParts make_parts(const Options& options) {
  const std::string& output = options.text("output");
  const bool json = output == "json";
  const std::uint64_t max_output = options.size("max_output");
  if (json && max_output > kMostInJson) {
    throw OptionError("max_output", "output json is made in memory: max_output must not be above 16MiB with it");
  }
  ExecParts parts;
  parts.interpreter = make_interpreter(options);
  parts.style = json ? json_style() : plain_style();
  parts.plan = {.timeout = options.duration("timeout"),
                .grace = options.duration("grace"),
                .max_output = max_output,
                .in_memory = json ? max_output : kInMemory,
                .error_stream = error_stream(output)};
  parts.environment = make_environment(options.texts("env"));
  parts.directory = checked_directory(options);
  return parts;
}

/// netkit-launcher stands in the folder above the plugins'.
std::string launcher_program(const HandlerContext& context) {
  const std::filesystem::path plugin = std::filesystem::absolute(context.plugin_file);
  return (plugin.parent_path() / ".." / "netkit-launcher").lexically_normal().string();
}

void enroll(Registry& registry) {
  HandlerType type;
  type.name = "exec";
  type.help = "runs a command for each message and answers with its output";
  type.options = option_specs();
  type.make = [](const Options& options, const HandlerContext& context) -> std::unique_ptr<Handler> {
    return std::make_unique<ExecHandler>(make_parts(options), Launcher::shared(launcher_program(context)), context);
  };
  registry.add(std::move(type));
}

}  // namespace
}  // namespace netkit::exec

NETKIT_PLUGIN("exec", "0.1.0", netkit::exec::enroll)

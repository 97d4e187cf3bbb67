#include "handler_options.h"

#include <chrono>
#include <filesystem>
#include <memory>

#include "environment.h"
#include "run_as.h"

namespace netkit::exec {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMillisecond;
constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000 * kMillisecond;
constexpr std::uint64_t kInMemory = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostInJson = std::uint64_t{16} << 20;
constexpr std::int64_t kMostWaiting = 100'000;
constexpr std::int64_t kMostProcesses = 1'000'000;
constexpr std::int64_t kLeastLimit = 4096;

OptionSpec count(const char* name, const char* fallback, const char* help, std::int64_t least, std::int64_t most) {
  return {.name = name, .type = OptionType::integer, .fallback = fallback, .help = help, .least = least, .most = most};
}

OptionSpec size(const char* name, const char* fallback, const char* help) {
  return {.name = name, .type = OptionType::size, .fallback = fallback, .help = help, .least = kLeastLimit};
}

/// The commands come from exactly one of two options.
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

/// 0 if the option is not set.
std::uint64_t number_in(const Options& options, const char* name) {
  return options.has(name) ? static_cast<std::uint64_t>(options.integer(name)) : 0;
}

ResourceLimits resource_limits(const Options& options) {
  ResourceLimits limits;
  if (options.has("max_cpu")) {
    limits.cpu_seconds = static_cast<std::uint64_t>((options.duration("max_cpu").count() + kSecond - 1) / kSecond);
  }
  limits.memory = number_in(options, "max_memory");
  limits.processes = number_in(options, "max_processes");
  limits.file_size = number_in(options, "max_file_size");
  limits.open_files = number_in(options, "max_open_files");
  return limits;
}

}  // namespace

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
      count("concurrency", "8", "how many commands run at once; the messages of others wait", 1, kMostWaiting),
      count("queue", "256", "how many messages may wait; one more is answered with status 75 at once", 0, kMostWaiting),
      {"user", OptionType::user, "", "whom commands run as, in no further group; unset: the server's user"},
      {"group", OptionType::group, "", "likewise; unset: the user's first group"},
      {"no_new_privs", OptionType::flag, "true", "no command gets privileges by running a program such as sudo"},
      {.name = "max_cpu",
       .type = OptionType::duration,
       .fallback = "",
       .help = "most processor time of each process, rounded up to seconds; unset: no limit",
       .least = kSecond},
      size("max_memory", "", "most address space of each process"),
      size("max_file_size", "", "the largest file a process may write"),
      count("max_processes", "", "most processes of the user, the server's included if it is the same; unset: no limit",
            1, kMostProcesses),
      count("max_open_files", "1024", "most descriptors of each process", 8, kMostProcesses),
  };
}

ExecParts make_parts(const Options& options, const HandlerContext& context) {
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
  parts.launcher = plan_launcher(options, context);
  parts.environment = listener_environment(options.texts("env"), account_of(parts.launcher));
  parts.directory = checked_directory(options);
  parts.limits = resource_limits(options);
  parts.no_new_privileges = options.flag("no_new_privs");
  parts.bounds = {static_cast<std::size_t>(options.integer("concurrency")),
                  static_cast<std::size_t>(options.integer("queue"))};
  return parts;
}

std::string danger(const Options& options) {
  return options.flag("shell") ? "can run any command here, as option 'shell' is true" : "";
}

}  // namespace netkit::exec

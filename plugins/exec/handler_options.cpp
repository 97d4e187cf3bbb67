#include "handler_options.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>

#include "programs/danger/command_danger.h"

namespace netkit::exec {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000 * kMillisecond;
constexpr std::uint64_t kInMemory = std::uint64_t{1} << 20;
constexpr std::int64_t kMostWaiting = 100'000;

OptionSpec count(const char* name, const char* fallback, const char* help, std::int64_t least, std::int64_t most) {
  return {.name = name, .type = OptionType::integer, .fallback = fallback, .help = help, .least = least, .most = most};
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

ErrorStream error_stream(const std::string& output) {
  if (output == "stdout") return ErrorStream::dropped;
  return output == "merged" ? ErrorStream::joined : ErrorStream::own;
}

}  // namespace

std::vector<OptionSpec> option_specs() {
  std::vector<OptionSpec> specs{
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
      count("concurrency", "8", "how many commands run at once; the messages of others wait", 1, kMostWaiting),
      count("queue", "256", "how many messages may wait; one more is answered with status 75 at once", 0, kMostWaiting),
  };
  std::ranges::move(programs::surroundings_specs(""), std::back_inserter(specs));
  return specs;
}

ExecParts make_parts(const Options& options, const HandlerContext& context) {
  const std::string& output = options.text("output");
  const bool json = output == "json";
  ExecParts parts;
  parts.interpreter = make_interpreter(options);
  parts.style = json ? json_style() : plain_style();
  parts.plan = {.timeout = options.duration("timeout"),
                .grace = options.duration("grace"),
                .max_output = options.size("max_output"),
                .in_memory = kInMemory,
                .spool = context.spool,
                .error_stream = error_stream(output),
                .form = json ? Form::json : Form::plain};
  parts.surroundings = programs::read_surroundings(options, context);
  parts.bounds = {.at_once = static_cast<std::size_t>(options.integer("concurrency")),
                  .waiting = static_cast<std::size_t>(options.integer("queue")),
                  .untimed = true};  // `timeout` ends each command
  return parts;
}

std::string danger(const Options& options) {
  if (options.flag("shell")) return "can run any command here, as option 'shell' is true";
  return programs::danger_of_commands(options.table("commands"));
}

}  // namespace netkit::exec

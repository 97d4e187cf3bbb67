#include "settings.h"

#include <sched.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "command_file.h"
#include "hooks.h"

namespace netkit::process {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000 * kMillisecond;
constexpr std::int64_t kMostWorkers = 10'000;
constexpr std::int64_t kMostWaiting = 1'000'000;
constexpr std::size_t kWorkersOfEach = 64;  // with a program for each connection or message

OptionSpec duration(const char* name, const char* fallback, const char* help, std::int64_t least) {
  return {.name = name, .type = OptionType::duration, .fallback = fallback, .help = help, .least = least, .most = kDay};
}

OptionSpec choice(const char* name, std::vector<std::string> choices, const char* help) {
  const std::string first = choices.front();
  return {.name = name, .type = OptionType::choice, .fallback = first, .help = help, .choices = std::move(choices)};
}

std::size_t processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

Per per_of(const std::string& name) {
  if (name == "connection") return Per::connection;
  return name == "message" ? Per::message : Per::listener;
}

bool is_marked(const std::string& name) {
  return name != "raw" && !name.starts_with("raw/") && !name.ends_with("/raw");
}

/// Which framings programs can be spoken to in.
void check_framing(const std::string& name, Per per) {
  const std::string in = name.substr(0, name.find('/'));
  const std::string out = name.substr(in.size() == name.size() ? 0 : in.size() + 1);
  if ((in == "json-header") != (out == "json-header")) {
    throw OptionError("framing", "'framing': found " + name + ", expected json-header in both directions or in none");
  }
  if (in == "json-header" && per != Per::listener) {
    throw OptionError("framing", "'framing': json-header tells sessions apart, expected 'per' to be listener with it");
  }
  if (in == "datagram" || out == "datagram") {
    throw OptionError("framing", "'framing': found " + name + ", expected one for streams, as pipes keep no datagrams");
  }
  if (!is_marked(name) && per == Per::listener) {
    throw OptionError("framing", "'framing': found " + name +
                                     ", expected one that marks where a message ends, as the program serves many");
  }
}

}  // namespace

std::vector<OptionSpec> option_specs() {
  std::vector<OptionSpec> specs{
      {.name = "command",
       .type = OptionType::texts,
       .help = "the program and its arguments; the program is looked for in PATH if it has no slash",
       .required = true},
      choice("per", {"listener", "connection", "message"},
             "listener: a pool of programs serves all; connection, message: each has a program of its own"),
      {.name = "framing", .type = OptionType::framing, .fallback = "line", .help = "of the program's stdin and stdout"},
      {.name = "workers",
       .type = OptionType::integer,
       .help = "how many programs; unset: one for each processor, or at most 64 at once with per connection or message",
       .least = 1,
       .most = kMostWorkers},
      choice("answers", {"one", "none"}, "one: the program answers each message; none: it takes messages only"),
      duration("timeout", "30s", "how long a program may take for an answer before it is killed", kMillisecond),
      {.name = "queue",
       .type = OptionType::integer,
       .fallback = "1024",
       .help = "how many messages, or with per connection conversations, may wait for a program",
       .least = 1,
       .most = kMostWaiting},
      {"unbuffered", OptionType::flag, "true", "what the program has printed leaves when it waits for more input"},
      choice("on_failure", {"close", "busy"},
             "what becomes of messages whose program has failed: their conversation is closed, or they are answered"),
      duration("grace", "2s", "from the end of a program's input to SIGTERM, and then to SIGKILL", 0),
      {.name = "max_messages",
       .type = OptionType::integer,
       .help = "after how many messages a program is replaced; unset: never",
       .least = 1},
      duration("max_idle", "", "after how long without a message a program ends until it is needed; unset: never",
               kMillisecond),
      {.name = "max_output",
       .type = OptionType::size,
       .fallback = "1MiB",
       .help = "the largest answer with per message",
       .least = 1},
  };
  std::ranges::move(programs::surroundings_specs("."), std::back_inserter(specs));
  return specs;
}

programs::Command Settings::program(std::vector<std::string> variables) const {
  programs::Command made = surroundings.command(command);
  std::ranges::move(variables, std::back_inserter(made.environment));
  made.grace = grace;
  return made;
}

Settings read_settings(const Options& options, const HandlerContext& context) {
  Settings settings;
  settings.command = options.texts("command");
  settings.per = per_of(options.text("per"));
  const Framing& framing = options.framing("framing");
  check_framing(framing.name(), settings.per);
  settings.framing = framing.other_end();
  settings.rich = framing.name() == "json-header";
  settings.marked = is_marked(framing.name());
  const std::size_t usual = settings.per == Per::listener ? processors() : kWorkersOfEach;
  settings.workers = options.has("workers") ? static_cast<std::size_t>(options.integer("workers")) : usual;
  settings.answers = options.text("answers") == "one";
  settings.timeout = options.duration("timeout");
  settings.queue = static_cast<std::size_t>(options.integer("queue"));
  settings.on_failure = options.text("on_failure") == "busy" ? OnFailure::busy : OnFailure::close;
  settings.grace = std::chrono::duration_cast<std::chrono::milliseconds>(options.duration("grace"));
  if (options.has("max_messages")) settings.max_messages = static_cast<std::uint64_t>(options.integer("max_messages"));
  if (options.has("max_idle")) settings.max_idle = options.duration("max_idle");
  settings.max_output = options.size("max_output");
  settings.surroundings = programs::read_surroundings(options, context);
  std::vector<std::string>& environment = settings.surroundings.environment;
  environment.push_back("NETKIT_LISTENER=" + context.listener);
  environment.push_back("NETKIT_FRAMING=" + framing.spec());
  environment.push_back("NETKIT_PER=" + options.text("per"));
  environment.push_back("NETKIT_ANSWERS=" + options.text("answers"));
  add_hooks(context.plugin_file, options.flag("unbuffered"), environment);
  check_command(settings.command, settings.surroundings);
  settings.launcher = programs::Launcher::shared(settings.surroundings.launcher);
  return settings;
}

}  // namespace netkit::process

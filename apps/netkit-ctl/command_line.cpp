#include "netkit-ctl/command_line.h"

#include <CLI/CLI.hpp>

#include "base/nearest.h"
#include "config/values/option_value.h"

namespace netkit::ctl {
namespace {

constexpr const char* kDescription = R"text(Examples:
  netkit-ctl status
  netkit-ctl --config /etc/netkit/netkit.json sessions --listener shell --idle 5min
  netkit-ctl kill 17
  netkit-ctl drain shell && netkit-ctl resume shell
  netkit-ctl --admin 127.0.0.1:9465 --token-file token reload

Shows what a running netkit-server does, and steers it, by its admin endpoint.
)text";

constexpr const char* kFooter = R"text(
Without --config and --admin the server is asked at /run/netkit/admin.sock.

Exit status: 0 if it was done, 1 if it was refused or has failed, 64 for a wrong command line, 69 if there is no server.)text";

std::chrono::nanoseconds parse_duration(const char* option, const std::string& text) {
  if (text.empty()) return {};
  try {
    return std::get<std::chrono::nanoseconds>(parse_option({.name = option, .type = OptionType::duration}, text));
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string(option) + ": " + error.what());
  }
}

/// The options of `sessions` as CLI11 stores them.
struct Texts {
  std::string age;
  std::string idle;
};

void declare_views(CLI::App& app, CommandLine& line, Texts& texts) {
  app.add_subcommand("status", "The server as a whole");
  app.add_subcommand("listeners", "Each listener: state, connections, traffic");
  CLI::App* sessions = app.add_subcommand("sessions", "Each conversation: id, peer, age, traffic");
  sessions->add_option("--listener", line.sessions.listener, "Only of this listener")->option_text("NAME");
  sessions->add_option("--peer", line.sessions.peer, "Only peers whose address holds this")->option_text("TEXT");
  sessions->add_option("--age", texts.age, "Only those that are at least so old")->option_text("DURATION");
  sessions->add_option("--idle", texts.idle, "Only those that have been silent for so long")->option_text("DURATION");
  sessions->add_option("--limit", line.sessions.limit, "At most so many (1000)")->option_text("N");
  app.add_subcommand("errors", "The last malformed bytes that each listener has met");
  app.add_subcommand("plugins", "Each plugin that is loaded: what it offers, its generations, who uses them");
  app.add_subcommand("top", "Rates of each listener, every second on a terminal, else once")
      ->add_option("--samples", line.samples, "So many, a second apart, wherever they go")
      ->option_text("N")
      ->check(CLI::PositiveNumber);
}

void declare_changes(CLI::App& app, CommandLine& line) {
  app.add_subcommand("reload", "Load the config again; prints what has changed, or why it stays");
  CLI::App* kill = app.add_subcommand("kill", "End a conversation by a reset");
  kill->add_option("ID", line.id, "As `sessions` shows it")->required();
  const auto listener = [&](const char* name, const char* help) {
    app.add_subcommand(name, help)->add_option("NAME", line.target, "The listener")->required();
  };
  listener("pause", "Leave a listener's new connections to the kernel, drop its datagrams");
  listener("resume", "Serve a paused listener again");
  listener("drain", "Pause a listener and end its conversations in order");
  app.add_subcommand("log", "Set the log's level until the next reload")
      ->add_option("LEVEL", line.target, "debug, info, warning or error")
      ->required();
}

/// What is wrong, where CLI11 says only that a subcommand is required.
std::string explain(const CLI::ParseError& error, const CLI::App& app) {
  if (!app.get_subcommands().empty() || error.get_name() != "RequiredError") return error.what();
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const std::vector<std::string> words = app.remaining();
  if (words.empty()) return "expected a command: " + join(names);
  return "unknown command " + in_quotes(words.front()) + suggest(words.front(), names);
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  Texts texts;
  CLI::App app(kDescription, "netkit-ctl");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("netkit-ctl ") + NETKIT_VERSION);
  CLI::Option* config = app.add_option("--config", line.config, "The server's config, whose `admin` says where it is")
                            ->option_text("FILE");
  app.add_option("--admin", line.admin, "HOST:PORT or the path of a socket")->option_text("ADDRESS")->excludes(config);
  app.add_option("--token-file", line.token_file, "The token for changes over TCP (the config's)")->option_text("FILE");
  app.add_flag("--json", line.json, "Print JSON: one object or list; a line for each sample of `top`");
  app.require_subcommand(1);
  declare_views(app, line, texts);
  declare_changes(app, line);
  for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    const bool help = dynamic_cast<const CLI::CallForHelp*>(&success) != nullptr;
    line.notice = help ? app.help() : std::string(success.what()) + "\n";
    return line;
  } catch (const CLI::ParseError& error) {
    throw UsageError(explain(error, app));
  }
  line.command = app.get_subcommands().front()->get_name();
  line.sessions.age = parse_duration("--age", texts.age);
  line.sessions.idle = parse_duration("--idle", texts.idle);
  return line;
}

}  // namespace netkit::ctl

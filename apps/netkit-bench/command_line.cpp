#include "netkit-bench/command_line.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "config/values/option_value.h"
#include "netkit-bench/failure.h"

namespace netkit::bench {
namespace {

constexpr std::int64_t kShortest = 1000;  // nanoseconds

constexpr const char* kUsage = R"(
Usage:
  netkit-bench [OPTIONS] HOST:PORT
  netkit-bench [OPTIONS] --unix PATH
  netkit-bench [OPTIONS] --config FILE --listener NAME
)";

constexpr const char* kDescription = R"text(Examples:
  netkit-bench 127.0.0.1:7005 --framing length --expect uppercase -c 64 -n 32
  netkit-bench --config config/demo.json --listener echo -c 8 -n 4 -s 16KiB --server-pid "$(pidof netkit-server)"
  netkit-bench --udp 127.0.0.1:7001 -c 16 -n 8
  netkit-bench --tls --ca ca.pem meters.example:8443 --framing line --connect-per-request -c 32 --rate 500
  netkit-bench 127.0.0.1:6379 --framing line --message PING --answer '+PONG\r'
  netkit-bench 127.0.0.1:7009 --send line --recv json-header --message 'say hi' --expect any

Loads a server, checks every answer, and says how many there were a second and how long they took.
Each connection keeps so many messages in flight and sends a new one for each answer.)text";

constexpr const char* kFooter = R"text(
SPEC is TYPE[,OPTION=VALUE...] as for netkit-client. Durations have a unit (500ms, 2s), sizes may have one (16KiB).

Wrong and missing answers are counted, and the run goes on; Ctrl-C ends it with a report.
Exit status: 0, 1 if an answer was wrong or missing, 64 for a wrong command line, 130 after Ctrl-C.)text";

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override { return kUsage; }
  std::string make_positionals(const CLI::App*) const override { return {}; }

  /// The help of an option shows only its value; errors explain which options exclude each other.
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_option_text().empty() ? "" : " " + option->get_option_text();
  }
};

/// The options as CLI11 stores them, before their text is parsed.
struct Parsed {
  CommandLine line;
  bool tcp = false;
  bool udp = false;
  bool tls = false;
  bool unix_socket = false;
  bool insecure = false;
  std::string size = "64";
  std::string duration = "2s";
  std::string warm_up = "100ms";
  std::string timeout = "10s";
  std::string text;
  std::uint64_t messages = 0;
  double rate = 0;
  std::size_t idle = 0;
  pid_t server_pid = 0;
};

void declare_target(CLI::App& app, Parsed& parsed) {
  const char* group = "Where to, and how";
  ServerNames& names = parsed.line.names;
  CLI::Option* tcp = app.add_flag("--tcp", parsed.tcp, "Connect over TCP (the default)")->group(group);
  CLI::Option* udp = app.add_flag("--udp", parsed.udp, "Send datagrams")->group(group)->excludes(tcp);
  CLI::Option* tls = app.add_flag("--tls", parsed.tls, "Connect over TLS")->group(group)->excludes(tcp)->excludes(udp);
  app.add_flag("--unix", parsed.unix_socket, "Connect to a Unix socket")
      ->group(group)
      ->excludes(tcp)
      ->excludes(udp)
      ->excludes(tls);
  app.add_option("HOST:PORT", parsed.line.words, "The server; with --unix the path of its socket")
      ->expected(0, 2)
      ->group(group);
  app.add_option("--framing", names.framing, "Framing of both directions")->option_text("SPEC")->group(group);
  app.add_option("--send", names.send, "Framing of the messages")->option_text("SPEC")->group(group);
  app.add_option("--recv", names.receive, "Framing of the answers")->option_text("SPEC")->group(group);
  app.add_option("--config", names.config, "A server's config; without --listener only its plugins are used")
      ->option_text("FILE")
      ->group(group);
  app.add_option("--listener", names.listener, "Take address, framing and expectation from this listener of the config")
      ->option_text("NAME")
      ->group(group);
  app.add_option("--plugin-path", names.plugin_path, "Folder with plugins that bring framings; may be repeated")
      ->option_text("DIR")
      ->group(group)
      ->allow_extra_args(false);
}

void declare_tls(CLI::App& app, Parsed& parsed) {
  const char* group = "TLS";
  TlsClientSettings& tls = parsed.line.tls;
  const auto add = [&](const char* name, std::string& value, const char* text, const char* help) {
    app.add_option(name, value, help)->option_text(text)->group(group);
  };
  add("--ca", tls.authorities, "FILE", "Authorities that the server's certificate must come from (the system's)");
  add("--cert", tls.identity.certificate, "FILE", "Certificate to show, if the server wants one");
  add("--key", tls.identity.key, "FILE", "Its key (in the certificate's file)");
  add("--name", tls.name, "NAME", "What the server's certificate must be for (HOST)");
  app.add_flag("--insecure", parsed.insecure, "Take any certificate")->group(group);
}

void declare_messages(CLI::App& app, Parsed& parsed) {
  const char* group = "What is sent and expected";
  MessageOptions& message = parsed.line.message;
  const std::map<std::string, Expect> expectations{
      {"echo", Expect::echo}, {"uppercase", Expect::uppercase}, {"any", Expect::any}};
  app.add_option("-s,--size", parsed.size, "Bytes of a message (64)")->option_text("SIZE")->group(group);
  CLI::Option* text =
      app.add_option("--message", parsed.text, "Send this text instead")->option_text("TEXT")->group(group);
  app.add_option("--message-file", message.file, "Send the lines of this file in turn instead")
      ->option_text("FILE")
      ->group(group)
      ->check(CLI::ExistingFile)
      ->excludes(text);
  CLI::Option* http =
      app.add_flag("--http", message.http, "The messages are paths to get from an HTTP/1.1 server")->group(group);
  app.add_flag("--http1.0", message.http_1_0, "The same by HTTP/1.0, a connection for each")
      ->group(group)
      ->excludes(http);
  CLI::Option* expect =
      app.add_option("--expect", message.expect, "What answers must be: echo, uppercase or any (as the handler does)")
          ->option_text("KIND")
          ->group(group)
          ->transform(CLI::CheckedTransformer(expectations).description(""));
  app.add_option("--answer", message.answer,
                 "The text that every answer must be; \\r \\n \\t \\0 \\xNN \\\\ are understood")
      ->option_text("TEXT")
      ->group(group)
      ->excludes(expect);
}

void declare_load(CLI::App& app, Parsed& parsed) {
  const char* group = "How much";
  LoadOptions& load = parsed.line.load;
  app.add_option("-c,--connections", load.connections, "Connections, or UDP sockets (1)")
      ->option_text("N")
      ->group(group)
      ->check(CLI::Range(1, 1'000'000).description(""));
  app.add_option("-n,--in-flight", load.in_flight, "Unanswered messages of each connection (1)")
      ->option_text("N")
      ->group(group)
      ->check(CLI::Range(1, 1'000'000).description(""));
  app.add_option("-d,--duration", parsed.duration, "How long (2s)")->option_text("DURATION")->group(group);
  app.add_option("--warm-up", parsed.warm_up, "Load before that, not measured (100ms)")
      ->option_text("DURATION")
      ->group(group);
  app.add_option("--messages", parsed.messages, "End after so many messages, not by time")
      ->option_text("N")
      ->group(group)
      ->check(CLI::PositiveNumber.description(""));
  app.add_flag("--connect-per-request", load.connect_per_request, "A new connection for each message")->group(group);
  app.add_option("--rate", parsed.rate, "Messages a second; latency counts from when each was due")
      ->option_text("R")
      ->group(group)
      ->check(CLI::PositiveNumber.description(""));
  app.add_flag("--busy-poll", load.busy_poll,
               "Never sleep, so that only the server's wake-ups are measured (--rate: always)")
      ->group(group);
  app.add_option("--idle", parsed.idle, "Measure N connections at rest, before and after a message each")
      ->option_text("N")
      ->group(group)
      ->check(CLI::PositiveNumber.description(""));
  app.add_option("--timeout", parsed.timeout, "Longest wait for an answer (10s)")
      ->option_text("DURATION")
      ->group(group);
}

void declare_report(CLI::App& app, Parsed& parsed) {
  const char* group = "What is reported";
  app.add_option("--server-pid", parsed.server_pid, "Also the CPU and memory of this process")
      ->option_text("PID")
      ->group(group)
      ->check(CLI::PositiveNumber.description(""));
  CLI::Option* json = app.add_flag("--json", parsed.line.json, "As JSON")->group(group);
  app.add_flag("--csv", parsed.line.csv, "As CSV: a line of names, a line of values")->group(group)->excludes(json);
  app.add_flag("--histogram", parsed.line.histogram, "Also how many latencies were in which range")->group(group);
}

Options::Value parse_value(const char* option, OptionType type, const std::string& text, std::int64_t least) {
  const OptionSpec spec{.name = option, .type = type, .least = least};
  try {
    return parse_option(spec, text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string(option) + ": " + error.what());
  }
}

Duration parse_duration(const char* option, const std::string& text, std::int64_t least = 0) {
  return std::get<std::chrono::nanoseconds>(parse_value(option, OptionType::duration, text, least));
}

/// Puts in the bytes that escapes stand for. Throws UsageError.
std::string unescaped(const std::string& text) {
  static const std::map<char, char> kEscapes{{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'0', '\0'}, {'\\', '\\'}};
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char kind = i + 1 < text.size() ? text[++i] : '\0';
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (const auto found = kEscapes.find(kind); found != kEscapes.end()) {
      out += found->second;
    } else if (kind == 'x' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      throw UsageError("--answer: unknown escape after \\, expected \\r, \\n, \\t, \\0, \\xNN or \\\\");
    }
  }
  return out;
}

void require(bool fine, const char* text) {
  if (!fine) throw UsageError(text);
}

void check(const CommandLine& line) {
  const LoadOptions& load = line.load;
  const std::optional<Transport> transport = line.names.transport;
  const bool udp = transport == Transport::udp;
  require(line.names.listener.empty() || !line.names.config.empty(), "--listener NAME needs --config FILE");
  require(!line.names.listener.empty() || !line.words.empty(), "expected HOST:PORT or --config FILE --listener NAME");
  require(!load.connect_per_request || load.in_flight == 1, "--connect-per-request has one message in flight");
  require(!line.tls_options || !transport || transport == Transport::tls,
          "--ca, --cert, --key, --name and --insecure need --tls");
  require(line.tls.identity.key.empty() || !line.tls.identity.certificate.empty(), "--key needs --cert");
  require(!line.idle || !line.csv, "--idle is reported as a table or as JSON");
  require(!udp || !line.needs_stream(),
          "--connect-per-request, --idle and --http need a stream: they do not work with --udp");
  require(!line.idle || (!load.connect_per_request && !load.rate && !load.messages && load.in_flight == 1),
          "--idle sends one message on each connection and takes no other load options");
  require(!line.idle || line.server_pid, "--idle measures the server's memory: it needs --server-pid");
  require(line.message.size > 0 || !udp, "--size 0 needs a stream");
}

CommandLine assemble(const CLI::App& app, Parsed& parsed) {
  CommandLine line = std::move(parsed.line);
  if (parsed.tcp) line.names.transport = Transport::tcp;
  if (parsed.udp) line.names.transport = Transport::udp;
  if (parsed.tls) line.names.transport = Transport::tls;
  if (parsed.unix_socket) line.names.transport = Transport::unix_socket;
  line.tls.verify = !parsed.insecure;
  for (const char* option : {"--ca", "--cert", "--key", "--name", "--insecure"}) {
    if (app.count(option) > 0) line.tls_options = true;
  }
  line.message.answer = unescaped(line.message.answer);
  if (line.message.http_1_0) line.message.http = line.load.connect_per_request = true;
  line.message.size =
      static_cast<std::size_t>(std::get<std::int64_t>(parse_value("--size", OptionType::size, parsed.size, 0)));
  line.load.duration = parse_duration("--duration", parsed.duration, kShortest);
  line.load.warm_up = parse_duration("--warm-up", parsed.warm_up);
  line.load.timeout = parse_duration("--timeout", parsed.timeout, kShortest);
  if (app.count("--message") > 0) line.message.text = parsed.text;
  if (app.count("--answer") > 0) line.message.expect = Expect::text;
  if (app.count("--messages") > 0) line.load.messages = parsed.messages;
  if (app.count("--rate") > 0) {
    line.load.rate = parsed.rate;
    line.load.busy_poll = true;
  }
  if (app.count("--idle") > 0) line.idle = parsed.idle;
  if (app.count("--server-pid") > 0) line.server_pid = parsed.server_pid;
  check(line);
  return line;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  Parsed parsed;
  CLI::App app(kDescription, "netkit-bench");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "Print this");
  app.set_version_flag("--version", "netkit-bench " NETKIT_VERSION);
  declare_target(app, parsed);
  declare_tls(app, parsed);
  declare_messages(app, parsed);
  declare_load(app, parsed);
  declare_report(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.line.notice = app.help();
    return parsed.line;
  } catch (const CLI::CallForVersion& version) {
    parsed.line.notice = std::string(version.what()) + "\n";
    return parsed.line;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return assemble(app, parsed);
}

}  // namespace netkit::bench

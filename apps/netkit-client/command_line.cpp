#include "netkit-client/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "base/nearest.h"
#include "config/values/option_value.h"
#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

constexpr const char* kUsage = R"(
Usage:
  netkit-client [OPTIONS] HOST:PORT [MESSAGE...]
  netkit-client [OPTIONS] --unix PATH [MESSAGE...]
  netkit-client [OPTIONS] --config FILE --listener NAME [MESSAGE...]
  netkit-client [OPTIONS] HOST:PORT --get FILE... [-o PATH] [--resume]
)";

constexpr const char* kDescription = R"(Examples:
  netkit-client 127.0.0.1:8080 hello
  netkit-client --framing length,bytes=4 127.0.0.1:7005 one two three
  netkit-client --recv json-header,endian=little 127.0.0.1:8002 'ls -l' && echo worked
  netkit-client --udp 127.0.0.1:8080 hello
  netkit-client --tls --ca ca.pem --framing line meters.example:8443 hello
  netkit-client --unix --framing length /run/netkit/local.sock hello
  netkit-client --config config/demo.json --listener shell
  netkit-client --plugin-path build/lib/netkit/plugins/examples --framing slip 127.0.0.1:7011 hello
  netkit-client --trace --no-wait --framing line 127.0.0.1:7002 < requests.txt
  netkit-client 127.0.0.1:7010 --get hello.txt -o /tmp --resume
  netkit-client --framing length 127.0.0.1 7005 --data image.png > answer.bin

Sends messages to a server and prints its answers, or downloads a file and verifies it.
Messages come from the command line, else one a line from standard input; on a terminal there is a prompt.)";

constexpr const char* kFooter = R"(
SPEC is TYPE[,OPTION=VALUE...]; docs/framings.md lists the types: raw, line, delimiter, fixed, length, varint,
netstring, json-header, http, datagram; plugins bring others. Durations have a unit: 500ms, 5s, 2min. A message that
begins with - stands after --.

Exit status: that of the remote command where the answer's header carries one (128+N for signal N), 1 if the header
reports an error, 255 for an error of the client's own, 64 for a wrong command line.
)";

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override { return kUsage; }

  /// The help of an option shows only its value; errors explain which options need or exclude each other.
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_option_text().empty() ? "" : " " + option->get_option_text();
  }
};

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
  return names;
}

/// CLI11 leaves the words over, but unknown options too.
void check_word(const std::string& word, const CLI::App& app) {
  if (word.size() > 1 && word.front() == '-') {
    const std::string near = nearest(word, option_names(app));
    throw UsageError("unknown option " + in_quotes(word) + (near.empty() ? "" : "; did you mean '" + near + "'?") +
                     " (--help lists them; a message that begins with - stands after --)");
  }
  if (word == "++") throw UsageError("the message '++' must stand after --");
}

/// Parses the value of the option --NAME.
template <class Value>
Value parse_value(const char* name, OptionType type, const std::string& text) {
  const OptionSpec spec{.name = name, .type = type, .least = 0};
  try {
    return std::get<Value>(parse_option(spec, text));
  } catch (const std::invalid_argument& error) {
    throw UsageError("--" + spec.name + ": " + error.what());
  }
}

ProxySource parse_proxy(const std::string& text) {
  try {
    return parse_proxy_source(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--proxy-header: ") + error.what());
  }
}

void require(bool fine, const char* text) {
  if (!fine) throw UsageError(text);
}

void check(const CommandLine& line) {
  require(line.listener.empty() || !line.config.empty(), "--listener NAME needs --config FILE");
  require(!line.listener.empty() || !line.words.empty(),
          line.transport == Transport::unix_socket
              ? "expected PATH or --config FILE --listener NAME (--help shows examples)"
              : "expected HOST:PORT or --config FILE --listener NAME (--help shows examples)");
  require(line.tls.key.empty() || !line.tls.certificate.empty(), "--key needs --cert");
  require(!line.tls.insecure || (line.tls.authorities.empty() && line.tls.name.empty()),
          "--insecure checks nothing: it does not go with --ca or --name");
  const bool may_be_tls = line.transport.value_or(Transport::tls) == Transport::tls;
  require(!line.tls.any() || (may_be_tls && (line.transport || !line.listener.empty())),
          "--ca, --cert, --key, --name and --insecure need --tls");
  require(std::count(line.data.begin(), line.data.end(), "-") <= 1, "--data -: standard input can be read once");
  if (!line.get) return;
  for (const std::string& file : line.get->files) require(!file.empty(), "--get: expected the name of a file");
  require(line.data.empty(), "--get does not go with --data");
  require(line.transport != Transport::udp, "--get needs a stream: it does not work with --udp");
  require(!line.no_wait && !line.hex && !line.exact, "--get does not go with --no-wait, --hex or --exact");
  require(!(line.get->resume && line.get->output == "-"), "--resume needs a file; -o - is standard output");
}

/// The default framings of a download: `line` works with servers that read lines and with raw ones, and json-header
/// carries the file's hash. An explicit config or framing overrides them.
void choose_download_framings(CommandLine& line) {
  if (!line.listener.empty() || line.framing) return;
  if (!line.send) line.send = "line";
  if (!line.receive) line.receive = "json-header";
}

/// The options as CLI11 stores them, before they are combined.
struct Parsed {
  CommandLine line;
  GetOptions get;
  bool tcp = false;
  bool udp = false;
  bool tls = false;
  bool unix_socket = false;
  bool v4 = false;
  bool v6 = false;
  std::string proxy;
  std::string timeout;
  std::string max_size;
};

void declare_transports(CLI::App& app, Parsed& parsed) {
  const char* group = "Where to, and how";
  const std::vector<CLI::Option*> all = {app.add_flag("--tcp", parsed.tcp, "Connect over TCP (the default)"),
                                         app.add_flag("--udp", parsed.udp, "Send datagrams"),
                                         app.add_flag("--tls", parsed.tls, "Connect over TLS, see below"),
                                         app.add_flag("--unix", parsed.unix_socket, "Connect to a Unix socket")};
  for (CLI::Option* one : all) {
    one->group(group);
    for (CLI::Option* other : all) {
      if (one != other) one->excludes(other);
    }
  }
}

void declare_tls(CLI::App& app, TlsOptions& tls) {
  const char* group = "TLS";
  const auto add = [&](const char* name, std::string& value, const char* text, const char* help) {
    app.add_option(name, value, help)->option_text(text)->group(group);
  };
  add("--ca", tls.authorities, "FILE", "Authorities that the server's certificate must come from (the system's)");
  add("--cert", tls.certificate, "FILE", "Certificate to show, if the server wants one");
  add("--key", tls.key, "FILE", "Its key (in the certificate's file)");
  add("--name", tls.name, "NAME", "What the server's certificate must be for (HOST)");
  app.add_flag("--insecure", tls.insecure, "Take any certificate: encrypted, but anybody may answer")->group(group);
}

void declare_connection(CLI::App& app, Parsed& parsed) {
  const char* group = "Where to, and how";
  declare_transports(app, parsed);
  app.add_option("--framing", parsed.line.framing, "Framing of both directions (raw, datagram on UDP)")
      ->option_text("SPEC")
      ->group(group);
  app.add_option("--send", parsed.line.send, "Framing of what is sent")->option_text("SPEC")->group(group);
  app.add_option("--recv", parsed.line.receive, "Framing of the answers")->option_text("SPEC")->group(group);
  app.add_option("--config", parsed.line.config, "A server's config; without --listener only its plugins are used")
      ->option_text("FILE")
      ->group(group);
  app.add_option("--listener", parsed.line.listener, "Take address and framing from this listener of the config")
      ->option_text("NAME")
      ->group(group);
  app.add_option("--plugin-path", parsed.line.plugin_path, "Folder with plugins that bring framings; may be repeated")
      ->option_text("DIR")
      ->group(group)
      ->allow_extra_args(false);
  CLI::Option* v4 = app.add_flag("-4", parsed.v4, "Use IPv4 only")->group(group);
  app.add_flag("-6", parsed.v6, "Use IPv6 only")->group(group)->excludes(v4);
  app.add_option("--proxy-header", parsed.proxy,
                 "Begin with a PROXY header that names this source: IP:PORT, or own for the real one")
      ->option_text("SOURCE")
      ->group(group);
  app.add_option("--timeout", parsed.timeout,
                 "Longest wait for the connection and for the next bytes of an answer (30s, UDP 5s; 0: for ever)")
      ->option_text("DURATION")
      ->group(group);
  app.add_flag("--no-wait", parsed.line.no_wait, "Send all the messages at once, then print the answers")->group(group);
  app.add_option("--data", parsed.line.data, "Send a file as one message, - for standard input; may be repeated")
      ->option_text("FILE")
      ->group(group)
      ->allow_extra_args(false);
}

void declare_output(CLI::App& app, Parsed& parsed) {
  const char* group = "What is printed";
  app.add_flag("--exact", parsed.line.exact, "Answers as they came: add no newlines")->group(group);
  app.add_flag("--hex", parsed.line.hex, "Answers as hex dumps")->group(group);
  app.add_flag("--header", parsed.line.header, "The JSON header of each answer, on standard error")->group(group);
  app.add_flag("--trace", parsed.line.trace, "Each read and write with its frames, on standard error")->group(group);
  app.add_flag("-q,--quiet", parsed.line.quiet, "Nothing on standard error but errors and weak hashes")->group(group);
}

CLI::Option* declare_download(CLI::App& app, Parsed& parsed) {
  const char* group = "Download";
  CLI::Option* get =
      app.add_option("--get", parsed.get.files,
                     "Download FILE and verify it (sent as a line, answered with json-header); may be repeated")
          ->option_text("FILE")
          ->group(group)
          ->allow_extra_args(false);
  app.add_option("-o,--output", parsed.get.output, "Where to: a file, a folder, or - for standard output")
      ->option_text("PATH")
      ->group(group)
      ->needs(get);
  app.add_option("--max-size", parsed.max_size, "Refuse a larger file (64GiB)")
      ->option_text("SIZE")
      ->group(group)
      ->needs(get);
  app.add_flag("--resume", parsed.get.resume, "Go on with what PATH.part has")->group(group)->needs(get);
  return get;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  Parsed parsed;
  CLI::App app(kDescription, "netkit-client");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "Print this");
  app.set_version_flag("--version", "netkit-client " NETKIT_VERSION, "Print the version");
  // A CLI11 option with many values would split a message like [1,2].
  app.allow_extras();
  declare_connection(app, parsed);
  declare_tls(app, parsed.line.tls);
  declare_output(app, parsed);
  const CLI::Option* get = declare_download(app, parsed);

  const auto end_of_options = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> reversed(std::make_reverse_iterator(end_of_options), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    parsed.line.notice = app.help();
    return parsed.line;
  } catch (const CLI::CallForVersion& version) {
    parsed.line.notice = std::string(version.what()) + "\n";
    return parsed.line;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }

  CommandLine line = std::move(parsed.line);
  line.words = app.remaining();
  for (const std::string& word : line.words) check_word(word, app);
  if (end_of_options != arguments.end()) line.words.insert(line.words.end(), end_of_options + 1, arguments.end());
  if (parsed.tcp) line.transport = Transport::tcp;
  if (parsed.udp) line.transport = Transport::udp;
  if (parsed.tls) line.transport = Transport::tls;
  if (parsed.unix_socket) line.transport = Transport::unix_socket;
  if (parsed.v4) line.version = IpVersion::v4;
  if (parsed.v6) line.version = IpVersion::v6;
  if (!parsed.proxy.empty()) line.proxy = parse_proxy(parsed.proxy);
  if (get->count() > 0) {
    if (!parsed.max_size.empty()) {
      parsed.get.largest =
          static_cast<std::uint64_t>(parse_value<std::int64_t>("max-size", OptionType::size, parsed.max_size));
    }
    line.get = std::move(parsed.get);
    choose_download_framings(line);
  }
  if (!parsed.timeout.empty())
    line.timeout = parse_value<std::chrono::nanoseconds>("timeout", OptionType::duration, parsed.timeout);
  check(line);
  return line;
}

}  // namespace netkit::client

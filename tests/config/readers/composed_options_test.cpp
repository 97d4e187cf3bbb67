#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "config/effective.h"
#include "config/fake_types.h"
#include "config/flat.h"
#include "config/load.h"
#include "support/files.h"
#include "support/refusal.h"
#include "upstream/target_settings.h"

namespace netkit::test {
namespace {

/// The fake types and a handler whose options name framings and targets.
class LinkTypes {
 public:
  LinkTypes() {
    add_fake_types(registry_);
    registry_.add(HandlerType{
        .name = "link",
        .help = "has targets",
        .options = {{.name = "to", .type = OptionType::target, .help = "a target", .required = true},
                    {.name = "more", .type = OptionType::targets, .help = "further targets"},
                    {.name = "list", .type = OptionType::path, .help = "a file that is read"},
                    {.name = "shape", .type = OptionType::framing, .fallback = "line", .help = "a framing"},
                    {.name = "folder", .type = OptionType::path, .fallback = ".", .help = "a folder"}},
        .make = [](const Options&, const HandlerContext&) { return std::unique_ptr<Handler>(); },
        .files =
            [](const Options& options) {
              return options.has("list") ? std::vector<std::string>{options.text("list")} : std::vector<std::string>();
            }});
  }
  PluginLoader& loader() { return loader_; }

 private:
  TypeRegistry registry_;
  PluginLoader loader_{registry_};
};

/// Options of the types `framing`, `target` and `targets`.
class ComposedOptionsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ComposedOptionsTest);
  CPPUNIT_TEST(a_plain_address);
  CPPUNIT_TEST(a_whole_target);
  CPPUNIT_TEST(an_ini_file_says_the_same);
  CPPUNIT_TEST(framings);
  CPPUNIT_TEST(a_framing_has_another_end);
  CPPUNIT_TEST(a_default_path_is_relative_to_the_config_too);
  CPPUNIT_TEST(named_targets);
  CPPUNIT_TEST(mistakes);
  CPPUNIT_TEST(the_effective_config_is_a_config);
  CPPUNIT_TEST(changes_are_seen);
  CPPUNIT_TEST(changed_files_are_seen);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_plain_address() {
    const TargetSettings plain = target(R"("to": "example.org:80")");
    CPPUNIT_ASSERT_EQUAL(std::string("example.org"), plain.host);
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{80}, plain.port);
    CPPUNIT_ASSERT(plain.transport == TargetSettings::Transport::tcp);
    CPPUNIT_ASSERT(plain.timeout == std::chrono::seconds(5));
    CPPUNIT_ASSERT_EQUAL(std::string("raw"), options(R"("to": "[::1]:80")").target("to").framing().name());
    const TargetSettings socket = target(R"("to": "./run/x.sock")");
    CPPUNIT_ASSERT(socket.transport == TargetSettings::Transport::unix_socket);
    CPPUNIT_ASSERT_EQUAL((folder_.path() / "run/x.sock").string(), socket.path);
  }

  void a_whole_target() {
    const std::string text = R"("to": {"address": "h:1", "transport": "tls", "timeout": "250ms",
      "framing": {"in": "line", "out": {"type": "length", "bytes": 2}}, "tls": {"ca": "ca.pem", "name": "n"}})";
    const TargetSettings whole = target(text);
    CPPUNIT_ASSERT(whole.transport == TargetSettings::Transport::tls);
    CPPUNIT_ASSERT(whole.timeout == std::chrono::milliseconds(250));
    CPPUNIT_ASSERT_EQUAL((folder_.path() / "ca.pem").string(), whole.tls.authorities);
    CPPUNIT_ASSERT_EQUAL(std::string("n"), whole.tls.name);
    CPPUNIT_ASSERT(whole.tls.verify);
    CPPUNIT_ASSERT_EQUAL(std::string("line/length"), options(text).target("to").framing().name());
    CPPUNIT_ASSERT_EQUAL(std::string("h"), target(R"("to": {"address": "h:1", "transport": "tls"})").tls.name);
    CPPUNIT_ASSERT_EQUAL(std::string("datagram"),
                         options(R"("to": {"address": "h:1", "transport": "udp"})").target("to").framing().name());
  }

  void an_ini_file_says_the_same() {
    write("a.ini",
          "[listener.a]\naddress = 127.0.0.1:1\nhandler = link\nhandler.to = h:7\nhandler.to.framing = length\n"
          "handler.to.framing.bytes = 2\nhandler.to.timeout = 1s\nhandler.shape = raw\n");
    const ServerConfig config = load("a.ini");
    const Options& options = config.listeners.at(0).handler.options;
    CPPUNIT_ASSERT_EQUAL(std::string("length"), options.target("to").framing().name());
    CPPUNIT_ASSERT_EQUAL(std::string("h:7"), options.target("to").name());
    CPPUNIT_ASSERT_EQUAL(std::string("raw"), options.framing("shape").name());
  }

  void framings() {
    CPPUNIT_ASSERT_EQUAL(std::string("line"), options(R"("to": "h:1")").framing("shape").name());
    const Framing chosen = options(R"("to": "h:1", "shape": {"in": "raw", "out": "line"})").framing("shape");
    CPPUNIT_ASSERT_EQUAL(std::string("raw/line"), chosen.name());
  }

  void a_framing_has_another_end() {
    const Framing framing =
        options(R"("to": "h:1", "shape": {"in": {"type": "length", "bytes": 2}, "out": "line"})").framing("shape");
    CPPUNIT_ASSERT_EQUAL(std::string("length,bytes=2/line"), framing.spec());
    const Framing other = framing.other_end();
    CPPUNIT_ASSERT_EQUAL(std::string("line/length,bytes=2"), other.spec());
    CPPUNIT_ASSERT_EQUAL(framing.spec(), other.other_end().spec());
  }

  void a_default_path_is_relative_to_the_config_too() {
    CPPUNIT_ASSERT_EQUAL(folder_.path().string(), options(R"("to": "h:1")").text("folder"));
  }

  void named_targets() {
    const Options given = options(R"("to": "h:1", "more": {"a": "h:2", "b.c": {"address": "h:3", "framing": "line"}})");
    const Options::Targets& more = given.targets("more");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, more.size());
    CPPUNIT_ASSERT_EQUAL(std::string("h:2"), more.at("a").name());
    CPPUNIT_ASSERT_EQUAL(std::string("line"), more.at("b.c").framing().name());
    CPPUNIT_ASSERT(options(R"("to": "h:1")").targets("more").empty());
    write("a.ini",
          "[listener.a]\naddress = 127.0.0.1:1\nhandler = link\nhandler.to = h:7\nhandler.more.x = h:8\n"
          "handler.more.x.framing = line\n");
    CPPUNIT_ASSERT_EQUAL(std::string("line"),
                         load("a.ini").listeners.at(0).handler.options.targets("more").at("x").framing().name());
    equal("'a': found 5, expected an address, or an object with 'address' and its framing",
          wrong(R"("to": "h:1", "more": {"a": 5})"));
    equal(
        "'more': found the string 'h:1', expected names, each with an address, or an object with 'address' and its "
        "framing",
        wrong(R"("to": "h:1", "more": "h:1")"));
  }

  void mistakes() {
    equal("'to' is missing, expected an address, or an object with 'address' and its framing", wrong(""));
    equal("'to': found 5, expected an address, or an object with 'address' and its framing", wrong(R"("to": 5)"));
    equal("'to': address 'h': found no port, expected host:port or [v6]:port, such as 127.0.0.1:8080 or [::1]:8080",
          wrong(R"("to": "h")"));
    equal("'to': found port 0, expected one to connect to", wrong(R"("to": "h:0")"));
    equal("'to': address 'tcp://h:1/': found a URL, expected 'h:1' alone; the transport (tcp) is an option of its own",
          wrong(R"("to": "tcp://h:1/")"));
    equal("unknown key 'adress'; did you mean 'address'?", wrong(R"("to": {"address": "h:1", "adress": "h:1"})"));
    equal("'transport': found 'tpc', expected one of tcp, udp, tls, unix; did you mean 'tcp'?",
          wrong(R"("to": {"address": "h:1", "transport": "tpc"})"));
    equal("'to': found address '/x', expected host:port for transport tls",
          wrong(R"("to": {"address": "/x", "transport": "tls"})"));
    equal("'to': found address 'h:1', expected the path of a Unix socket for transport unix",
          wrong(R"("to": {"address": "h:1", "transport": "unix"})"));
    equal("unknown framing 'lin'; did you mean 'line'?", wrong(R"("to": {"address": "h:1", "framing": "lin"})"));
    equal("framing 'datagram' needs datagrams, expected transport udp, found tcp",
          wrong(R"("to": {"address": "h:1", "framing": "datagram"})"));
    equal("'to': found 'tls', expected transport tls beside it", wrong(R"("to": {"address": "h:1", "tls": {}})"));
    equal("'to': 'key' needs 'certificate'",
          wrong(R"("to": {"address": "h:1", "transport": "tls", "tls": {"key": "k"}})"));
    equal("'bytes': found '9', expected a whole number from 1 to 8",
          wrong(R"("to": "h:1", "shape": {"type": "length", "bytes": 9})"));
  }

  void the_effective_config_is_a_config() {
    write_json(R"("to": {"address": "h:1", "transport": "tls", "framing": {"in": "line", "out": "raw"}},
      "more": {"a": {"address": "h:2", "framing": "line"}})");
    const std::string once = print_effective(load("a.json"), types_.loader());
    CPPUNIT_ASSERT(once.find(R"("timeout": "5s")") != std::string::npos);
    write("a.json", once);
    equal(once, print_effective(load("a.json"), types_.loader()));
  }

  void changes_are_seen() {
    const auto flat = [&](const std::string& to) {
      write_json("\"to\": " + to);
      return flatten(load("a.json"), types_.loader()).listeners.at(0).settings;
    };
    const FlatSettings before = flat(R"({"address": "h:1"})");
    CPPUNIT_ASSERT(before == flat(R"("h:1")"));
    CPPUNIT_ASSERT(before.at("handler.to.timeout") !=
                   flat(R"({"address": "h:1", "timeout": "1s"})").at("handler.to.timeout"));
    CPPUNIT_ASSERT(before != flat(R"({"address": "h:1", "framing": "line"})"));
    CPPUNIT_ASSERT_EQUAL(std::string("built in"), before.at("handler.plugin.to.in"));
    const std::string tls = R"({"address": "h:1", "transport": "tls", "tls": {"ca": "ca.pem"}})";
    const FlatSettings without = flat(tls);
    write("ca.pem", "a certificate");
    CPPUNIT_ASSERT(without != flat(tls));
  }

  void changed_files_are_seen() {
    const auto flat = [&](const std::string& more) {
      write_json(R"("to": "h:1", )" + more);
      return flatten(load("a.json"), types_.loader()).listeners.at(0).settings;
    };
    const std::string list = R"("list": "list.txt")";
    const std::string tls = R"("more": {"a": {"address": "h:1", "transport": "tls", "tls": {"ca": "ca.pem"}}})";
    const FlatSettings without = flat(list);
    const FlatSettings without_tls = flat(tls);
    CPPUNIT_ASSERT(without == flat(list));
    write("list.txt", "one");
    write("ca.pem", "a certificate");
    CPPUNIT_ASSERT(without != flat(list));
    CPPUNIT_ASSERT(without_tls != flat(tls));
  }

 private:
  void write(const std::string& name, const std::string& text) { write_file(folder_.path() / name, text); }
  void write_json(const std::string& handler) {
    const std::string comma = handler.empty() ? "" : ", ";
    write("a.json", R"({"listeners": [{"name": "a", "address": "127.0.0.1:1", "handler": {"type": "link")" + comma +
                        handler + "}}]}");
  }

  ServerConfig load(const std::string& name) {
    Diagnostics errors;
    std::optional<ServerConfig> config = load_config((folder_.path() / name).string(), types_.loader(), errors);
    if (!config) CPPUNIT_FAIL(errors.empty() ? "no config" : to_string(errors.front()));
    return std::move(*config);
  }
  Options options(const std::string& handler) {
    write_json(handler);
    return load("a.json").listeners.at(0).handler.options;
  }
  TargetSettings target(const std::string& handler) {
    return dynamic_cast<const TargetSettings&>(*options(handler).target("to").core());
  }
  /// The only error there is.
  std::string wrong(const std::string& handler) {
    write_json(handler);
    Diagnostics errors;
    load_config((folder_.path() / "a.json").string(), types_.loader(), errors);
    std::string all;
    for (const Diagnostic& error : errors) all += (all.empty() ? "" : "\n") + error.text;
    return all;
  }

  LinkTypes types_;
  TemporaryFolder folder_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ComposedOptionsTest);

}  // namespace
}  // namespace netkit::test

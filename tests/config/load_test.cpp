#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <set>
#include <string>

#include "config/fake_types.h"
#include "config/effective.h"
#include "config/load.h"
#include "config/values/file_mode.h"
#include "config/values/port_range.h"
#include "netkit/account.h"
#include "support/files.h"

namespace netkit::test {
namespace {

namespace fs = std::filesystem;

const fs::path kBroken = "tests/config/broken";
const fs::path kGood = "tests/config/good";

struct Loaded {
  std::optional<ServerConfig> config;
  Diagnostics errors;
};

Loaded load(FakeTypes& types, const fs::path& path) {
  Loaded loaded;
  loaded.config = load_config(path.string(), types.loader(), loaded.errors);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(path.string(), loaded.errors.empty(), loaded.config.has_value());
  return loaded;
}

/// The messages of a file, its folder left out so that they are the same everywhere.
std::string messages(const fs::path& path) {
  FakeTypes types;
  std::string text;
  for (Diagnostic& error : load(types, path).errors) {
    error.where.file = path.filename().string();
    text += to_string(error) + "\n";
  }
  const std::string folder = fs::absolute(path).parent_path().string();
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
    text.replace(at, folder.size(), "FOLDER");
  }
  return text;
}

ServerConfig good(FakeTypes& types, const fs::path& path) {
  const Loaded loaded = load(types, path);
  CPPUNIT_ASSERT_MESSAGE(messages(path), loaded.config.has_value());
  return *loaded.config;
}

std::string effective(const fs::path& path) {
  FakeTypes types;
  return print_effective(good(types, path), types.loader());
}

}  // namespace

class LoadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LoadTest);
  CPPUNIT_TEST(broken_files);
  CPPUNIT_TEST(good_files);
  CPPUNIT_TEST(defaults);
  CPPUNIT_TEST(everything);
  CPPUNIT_TEST(guards);
  CPPUNIT_TEST(unix_sockets);
  CPPUNIT_TEST(message_limit_caps_what_comes_in);
  CPPUNIT_TEST(places_of_options);
  CPPUNIT_TEST(json_and_ini_mean_the_same);
  CPPUNIT_TEST(effective_has_every_default);
  CPPUNIT_TEST(effective_is_a_config);
  CPPUNIT_TEST(no_file);
  CPPUNIT_TEST(not_a_file);
  CPPUNIT_TEST(too_large);
  CPPUNIT_TEST(file_of_the_largest_size);
  CPPUNIT_TEST(faulty_plugin);
  CPPUNIT_TEST_SUITE_END();

 public:
  void broken_files() {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(kBroken)) {
      if (entry.path().extension() == ".expected") continue;
      const std::string expected = read_file(fs::path(entry.path()).replace_extension(".expected"));
      CPPUNIT_ASSERT_MESSAGE(entry.path().string() + " expects nothing", !expected.empty());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(entry.path().string(), expected, messages(entry.path()));
      ++count;
    }
    CPPUNIT_ASSERT(count >= 60);
  }

  void good_files() {
    for (const auto& entry : fs::directory_iterator(kGood)) CPPUNIT_ASSERT_EQUAL(std::string(), messages(entry.path()));
  }

  void defaults() {
    FakeTypes types;
    for (const char* name : {"windows.json", "windows.ini"}) {
      const ServerConfig config = good(types, kGood / name);
      CPPUNIT_ASSERT(config.plugin_path.empty());
      CPPUNIT_ASSERT(config.user.empty() && config.group.empty() && !config.identity);
      CPPUNIT_ASSERT_EQUAL(0U, config.event_loops.count);
      CPPUNIT_ASSERT(config.event_loops.spin == std::chrono::nanoseconds(0));
      CPPUNIT_ASSERT(!config.event_loops.pin);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{10000}, config.limits.connections);
      CPPUNIT_ASSERT(config.drain == std::chrono::seconds(30));
      const ListenerConfig& listener = config.listeners.at(0);
      CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:0"), to_string(listener.address));
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listener.transports.size());
      CPPUNIT_ASSERT(listener.transports[0].transport == Transport::tcp);
      CPPUNIT_ASSERT_EQUAL(std::string("raw"), listener.transports[0].framing.in.type);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 20, listener.transports[0].framing.in.options.size("max"));
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{10000}, listener.limits.connections);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 20, listener.limits.output);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, listener.datagrams.max_amplification);
      CPPUNIT_ASSERT_EQUAL(std::size_t{26}, listener.datagrams.refused_ports.size());
      CPPUNIT_ASSERT(listener.timeouts.idle == std::chrono::seconds(60));
    }
  }

  void everything() {
    FakeTypes types;
    const ServerConfig config = good(types, kGood / "everything.json");
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{500}, config.limits.connections);
    CPPUNIT_ASSERT(config.drain == std::chrono::seconds(10));
    CPPUNIT_ASSERT(types.loader().folders() == config.plugin_path);
    CPPUNIT_ASSERT_EQUAL(std::string("nobody"), config.user);
    CPPUNIT_ASSERT_EQUAL(std::string("nogroup"), config.group);
    CPPUNIT_ASSERT(config.identity == find_identity("nobody", "nogroup", {}));
    CPPUNIT_ASSERT_EQUAL(3, config.identity_where.line);

    CPPUNIT_ASSERT(config.log.json && config.log.connections && config.log.level == LogLevel::debug);
    CPPUNIT_ASSERT_EQUAL((fs::absolute(kGood) / "sub/netkit.log").lexically_normal().string(), config.log.file);
    CPPUNIT_ASSERT_EQUAL(6, config.log.file_where.line);

    const ListenerConfig& plain = config.listeners.at(0);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{10000}, plain.limits.connections);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2} << 20, plain.limits.output);
    CPPUNIT_ASSERT(plain.timeouts.idle == std::chrono::minutes(2));

    const ListenerConfig& both = config.listeners.at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("raw"), both.transports.at(0).framing.out.type);
    CPPUNIT_ASSERT_EQUAL(std::string("datagram"), both.transports.at(1).framing.out.type);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{10}, both.datagrams.max_amplification);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, both.datagrams.refused_ports.size());
    CPPUNIT_ASSERT_EQUAL(std::string("7"), to_string(both.datagrams.refused_ports.at(0)));
    CPPUNIT_ASSERT_EQUAL(std::string("6000-6010"), to_string(both.datagrams.refused_ports.at(1)));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, config.listeners.at(2).datagrams.max_amplification);
    CPPUNIT_ASSERT(config.listeners.at(2).datagrams.refused_ports.empty());

    const Options& shell = config.listeners.at(3).handler.options;
    CPPUNIT_ASSERT(shell.flag("shell"));
    CPPUNIT_ASSERT(shell.duration("timeout") == std::chrono::milliseconds(1500));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-5}, shell.integer("nice"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, shell.table("commands").at("say").size());
    CPPUNIT_ASSERT(config.listeners.at(3).timeouts.idle == std::chrono::nanoseconds(0));

    const std::string root = (fs::absolute(kGood) / "sub").lexically_normal().string();
    CPPUNIT_ASSERT_EQUAL(root, config.listeners.at(4).handler.options.text("root"));
  }

  void guards() {
    FakeTypes types;
    const ServerConfig config = good(types, kGood / "everything.json");
    const Limits& inherited = config.listeners.at(0).limits;
    CPPUNIT_ASSERT(config.limits.bytes == (Rate{std::int64_t{1} << 30, std::chrono::seconds(1)}));
    CPPUNIT_ASSERT(inherited.bytes == Rate{});  // a total of the server, no default
    CPPUNIT_ASSERT(inherited.on_limit == OnLimit::defer && !inherited.dry_run);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, inherited.per_source.connections);
    CPPUNIT_ASSERT(longest_drain(config) == std::chrono::seconds(45));

    const ListenerConfig& guarded = config.listeners.at(6);
    CPPUNIT_ASSERT(guarded.limits.messages == (Rate{90, std::chrono::minutes(1)}));
    CPPUNIT_ASSERT(guarded.limits.on_limit == OnLimit::close && guarded.limits.dry_run);
    CPPUNIT_ASSERT(guarded.limits.per_source.connection_rate == (Rate{5, std::chrono::hours(1)}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, guarded.limits.per_source.connections);
    CPPUNIT_ASSERT(guarded.limits.per_source.loopback);
    CPPUNIT_ASSERT(guarded.timeouts.idle == std::chrono::minutes(2));
    CPPUNIT_ASSERT(guarded.timeouts.lifetime == std::chrono::hours(24));
    CPPUNIT_ASSERT_EQUAL(std::string("10.9.0.0/16"), to_string(guarded.access.deny.at(0)));
    CPPUNIT_ASSERT(guarded.proxy.protocol == ProxyProtocol::optional);
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.0/8"), to_string(guarded.proxy.from.at(0)));
  }

  void unix_sockets() {
    FakeTypes types;
    const ServerConfig config = good(types, kGood / "everything.json");
    const ListenerConfig& local = config.listeners.at(7);
    CPPUNIT_ASSERT(local.transports.at(0).transport == Transport::unix_socket);
    CPPUNIT_ASSERT_EQUAL((fs::absolute(kGood) / "local.sock").lexically_normal().string(), local.address.path);
    CPPUNIT_ASSERT_EQUAL(local.address.path, to_string(local.address));
    CPPUNIT_ASSERT_EQUAL(0660U, local.socket.mode);
    CPPUNIT_ASSERT_EQUAL(std::string("nobody"), local.socket.owner);
    CPPUNIT_ASSERT_EQUAL(std::string("nogroup"), local.socket.group);
    CPPUNIT_ASSERT_EQUAL(std::string("line"), local.transports.at(0).framing.in.type);
    const SocketAccess& own = config.listeners.at(8).socket;
    CPPUNIT_ASSERT_EQUAL(0600U, own.mode);
    CPPUNIT_ASSERT(own.owner.empty() && own.group.empty());
    CPPUNIT_ASSERT_EQUAL(std::string("0007"), mode_text(7));
  }

  void message_limit_caps_what_comes_in() {
    FakeTypes types;
    const ServerConfig config = good(types, kGood / "everything.json");
    const FramingChoice& by_server = config.listeners.at(0).transports.at(0).framing;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{256} << 10, by_server.in.options.size("max"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 20, by_server.out.options.size("max"));
    const FramingChoice& by_listener = config.listeners.at(3).transports.at(0).framing;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{64} << 10, by_listener.in.options.size("max"));
    const FramingChoice& smaller_anyway = config.listeners.at(5).transports.at(0).framing;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 10, smaller_anyway.in.options.size("max"));
  }

  /// What fails only when the server makes the handler is still reported at its place.
  void places_of_options() {
    FakeTypes types;
    const ServerConfig config = good(types, kGood / "everything.json");
    const Choice& shell = config.listeners.at(3).handler;
    CPPUNIT_ASSERT_EQUAL(18, shell.where.line);
    CPPUNIT_ASSERT_EQUAL(19, shell.places.at("nice").line);
    CPPUNIT_ASSERT_EQUAL(67, shell.places.at("nice").column);
    CPPUNIT_ASSERT_EQUAL(12, config.listeners.at(1).address_where.line);
    CPPUNIT_ASSERT(!config.listeners.at(0).handler.places.contains("nice"));
  }

  void json_and_ini_mean_the_same() {
    CPPUNIT_ASSERT_EQUAL(effective(kGood / "everything.json"), effective(kGood / "everything.ini"));
    CPPUNIT_ASSERT_EQUAL(effective(kGood / "windows.json"), effective(kGood / "windows.ini"));
  }

  void effective_has_every_default() {
    CPPUNIT_ASSERT_EQUAL(read_file("tests/config/effective.json"), effective(kGood / "windows.json"));
  }

  void effective_is_a_config() {
    const TemporaryFolder folder;
    for (const auto& entry : fs::directory_iterator(kGood)) {
      const std::string once = effective(entry.path());
      const fs::path copy = folder.path() / "effective.json";
      write_file(copy, once);
      CPPUNIT_ASSERT_EQUAL(once, effective(copy));
    }
  }

  void no_file() { CPPUNIT_ASSERT_EQUAL(std::string("none.json: error: no such file\n"), messages("none.json")); }

  void not_a_file() {
    CPPUNIT_ASSERT_EQUAL(std::string("good: error: found a folder, expected a regular file\n"), messages(kGood));
    CPPUNIT_ASSERT_EQUAL(std::string("zero: error: found a device or pipe, expected a regular file\n"),
                         messages("/dev/zero"));
  }

  void too_large() {
    const TemporaryFolder folder;
    write_file(folder.path() / "large.json", std::string((1 << 20) + 1, ' '));
    CPPUNIT_ASSERT_EQUAL(
        std::string("large.json: error: found more than 1MiB, expected a config file of at most that\n"),
        messages(folder.path() / "large.json"));
  }

  void file_of_the_largest_size() {
    const TemporaryFolder folder;
    const std::string config = read_file(kGood / "windows.json");
    write_file(folder.path() / "large.json", config + std::string((1 << 20) - config.size(), ' '));
    CPPUNIT_ASSERT_EQUAL(std::string(), messages(folder.path() / "large.json"));
  }

  void faulty_plugin() {
    const TemporaryFolder folder;
    write_file(folder.path() / "mine.so", "not a library");
    write_file(folder.path() / "a.ini", "plugin_path = .\n[listener.a]\naddress = 127.0.0.1:0\nhandler = mine\n");
    const std::string text = messages(folder.path() / "a.ini");
    const std::string start = "a.ini:4:11: error: plugin FOLDER/mine.so: ";
    CPPUNIT_ASSERT_EQUAL(start, text.substr(0, start.size()));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoadTest);

}  // namespace netkit::test

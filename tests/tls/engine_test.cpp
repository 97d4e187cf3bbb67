#include "tls/engine.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <string>

#include "tls/context.h"
#include "tls/error.h"
#include "tls/test_certificates.h"

namespace netkit::testing {
namespace {

using Status = TlsEngine::Status;

/// Moves what one side has for the other, at most `step` bytes at a time, after each of which `then` is called.
template <class Then>
void carry(TlsEngine& from, TlsEngine& to, std::size_t step, Then then) {
  while (!from.outgoing().empty()) {
    const std::string bytes(from.outgoing().substr(0, step));
    from.sent(bytes.size());
    to.feed(bytes);
    then();
  }
}

/// A client and a server that are carried into their handshake.
struct Pair {
  Pair(const TlsServerSettings& for_server, const TlsClientSettings& for_client, std::size_t step = 1 << 20)
      : server_context(for_server),
        client_context(for_client),
        server(server_context.make_engine()),
        client(client_context.make_engine()) {
    client->handshake();
    for (int i = 0; i < 10; ++i) {
      carry(*client, *server, step, [this] { go_on(*server); });
      carry(*server, *client, step, [this] { go_on(*client); });
    }
  }

  /// The rest of a handshake of TLS 1.3 comes when its other side is already done, hence the read.
  static void go_on(TlsEngine& engine) {
    std::array<char, 1> none{};
    if (!engine.established()) {
      engine.handshake();
    } else {
      engine.read(none);
    }
  }

  bool both_established() const { return server->established() && client->established(); }

  TlsServerContext server_context;
  TlsClientContext client_context;
  std::unique_ptr<TlsEngine> server;
  std::unique_ptr<TlsEngine> client;
};

std::string read_all(TlsEngine& engine, Status& last) {
  std::string text;
  std::array<char, 1000> room{};
  for (;;) {
    const TlsEngine::Result result = engine.read(room);
    text.append(room.data(), result.count);
    last = result.status;
    if (last != Status::done) return text;
  }
}

class EngineTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EngineTest);
  CPPUNIT_TEST(bytes_pass_both_ways);
  CPPUNIT_TEST(any_split_will_do);
  CPPUNIT_TEST(an_end_is_told);
  CPPUNIT_TEST(the_server_must_be_trusted);
  CPPUNIT_TEST(the_server_must_have_the_name);
  CPPUNIT_TEST(clients_need_a_certificate);
  CPPUNIT_TEST(clients_need_an_allowed_name);
  CPPUNIT_TEST(a_name_with_a_nul_is_none);
  CPPUNIT_TEST(many_names_are_cut_short);
  CPPUNIT_TEST(garbage_fails);
  CPPUNIT_TEST(altered_bytes_fail);
  CPPUNIT_TEST(unusable_files_are_told);
  CPPUNIT_TEST(what_is_on_the_way_is_held);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { server_ = {.identity = certificates_.issue("server", "DNS:localhost,IP:127.0.0.1,IP:::1")}; }

 private:
  TlsClientSettings trusting(const std::string& name = "localhost") const {
    return {.authorities = certificates_.authority(), .name = name};
  }

  void bytes_pass_both_ways() {
    const Pair pair(server_, trusting());
    CPPUNIT_ASSERT(pair.both_established());
    CPPUNIT_ASSERT_EQUAL(std::string("TLSv1.3 TLS_AES_128_GCM_SHA256"), pair.client->agreed());
    const std::string large(200'000, 'x');
    Status last{};
    for (TlsEngine* from : {pair.client.get(), pair.server.get()}) {
      TlsEngine& to = from == pair.client.get() ? *pair.server : *pair.client;
      CPPUNIT_ASSERT(from->write(large).count == large.size());
      std::string got;
      carry(*from, to, 5000, [&] { got += read_all(to, last); });
      CPPUNIT_ASSERT(got == large);
      CPPUNIT_ASSERT(last == Status::need_bytes);
    }
  }

  void what_is_on_the_way_is_held() {
    const Pair pair(server_, trusting());
    CPPUNIT_ASSERT(TlsServerContext(server_).make_engine()->held() >= 30'000);  // of a handshake
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, pair.server->held());
    pair.server->write(std::string(50'000, 'x'));
    CPPUNIT_ASSERT(pair.server->held() >= 50'000);
    pair.server->sent(pair.server->outgoing().size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, pair.server->held());
    pair.client->write(std::string(10'000, 'x'));
    Status last{};
    pair.server->feed(pair.client->outgoing().substr(0, 9'000));
    CPPUNIT_ASSERT_EQUAL(std::string(), read_all(*pair.server, last));
    CPPUNIT_ASSERT(pair.server->held() >= 9'000);
    pair.server->feed(pair.client->outgoing().substr(9'000));
    CPPUNIT_ASSERT_EQUAL(std::size_t{10'000}, read_all(*pair.server, last).size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, pair.server->held());
  }

  void any_split_will_do() {
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{300}}) {
      const Pair pair(server_, trusting(), step);
      CPPUNIT_ASSERT(pair.both_established());
      pair.client->write("hello");
      std::string got;
      Status last{};
      carry(*pair.client, *pair.server, step, [&] { got += read_all(*pair.server, last); });
      CPPUNIT_ASSERT_EQUAL(std::string("hello"), got);
    }
  }

  void an_end_is_told() {
    const Pair pair(server_, trusting());
    pair.client->write("last words");
    pair.client->end_writing();
    Status last{};
    std::string got;
    carry(*pair.client, *pair.server, 1 << 20, [&] { got += read_all(*pair.server, last); });
    CPPUNIT_ASSERT_EQUAL(std::string("last words"), got);
    CPPUNIT_ASSERT(last == Status::closed);
    pair.server->write("an answer");  // the other direction is open
    carry(*pair.server, *pair.client, 1 << 20, [&] { got = read_all(*pair.client, last); });
    CPPUNIT_ASSERT_EQUAL(std::string("an answer"), got);
  }

  void the_server_must_be_trusted() {
    const Pair pair(server_, {.authorities = certificates_.authority(true), .name = "localhost"});
    CPPUNIT_ASSERT(!pair.client->established());
    assert_tells(*pair.client, "unable to get local issuer certificate");
    assert_tells(*pair.server, "unknown ca");
    const Pair careless(server_, {.authorities = certificates_.authority(true), .name = "x", .verify = false});
    CPPUNIT_ASSERT(careless.both_established());
  }

  void the_server_must_have_the_name() {
    for (const char* name : {"localhost", "127.0.0.1", "::1"}) {
      CPPUNIT_ASSERT(Pair(server_, trusting(name)).both_established());
    }
    assert_tells(*Pair(server_, trusting("example.org")).client,
                 "hostname mismatch: found 'localhost', '127.0.0.1', '::1'");
    assert_tells(*Pair(server_, trusting("127.0.0.2")).client,
                 "IP address mismatch: found 'localhost', '127.0.0.1', '::1'");
    const TlsServerSettings subject{.identity = certificates_.issue("localhost")};
    assert_tells(*Pair(subject, trusting("localhost")).client, "hostname mismatch: found no name");
  }

  void clients_need_a_certificate() {
    server_.client_ca = certificates_.authority();
    assert_tells(*Pair(server_, trusting()).server, "peer did not return a certificate");
    CPPUNIT_ASSERT(Pair(server_, with_certificate("anybody")).both_established());
    server_.client_ca = certificates_.authority(true);
    assert_tells(*Pair(server_, with_certificate("anybody")).server, "certificate verify failed");
  }

  void clients_need_an_allowed_name() {
    server_.client_ca = certificates_.authority();
    server_.client_names = {"boss.example", "meter-*.example"};
    CPPUNIT_ASSERT(Pair(server_, with_certificate("meter-1.example")).both_established());
    CPPUNIT_ASSERT(Pair(server_, with_certificate("x", "DNS:a.example,DNS:boss.example")).both_established());
    assert_tells(*Pair(server_, with_certificate("meter-1.evil.example")).server,
                 "hostname mismatch: found 'meter-1.evil.example'");
    // Where there are alternative names, the subject's common name is none (RFC 9525 section 6).
    assert_tells(*Pair(server_, with_certificate("boss.example", "DNS:a.example")).server, "found 'a.example'");
  }

  void a_name_with_a_nul_is_none() {
    server_.client_ca = certificates_.authority();
    server_.client_names = {"boss.example*"};
    assert_tells(*Pair(server_, with_certificate(std::string("boss.example\0.evil", 18))).server,
                 "hostname mismatch: found no name");
  }

  void many_names_are_cut_short() {
    server_.client_ca = certificates_.authority();
    server_.client_names = {"boss.example"};
    assert_tells(*Pair(server_, with_certificate("x", "DNS:a\001,DNS:b,DNS:c,DNS:d,DNS:e,IP:10.0.0.1")).server,
                 R"(found 'a\x01', 'b', 'c', 'd' and 2 more)");
  }

  void garbage_fails() {
    const TlsServerContext context(server_);
    const std::unique_ptr<TlsEngine> server = context.make_engine();
    server->feed("GET / HTTP/1.1\r\n\r\n");
    CPPUNIT_ASSERT(server->handshake() == Status::failed);
    assert_tells(*server, "http request");
  }

  void altered_bytes_fail() {
    const Pair pair(server_, trusting());
    pair.client->write("hello");
    std::string bytes(pair.client->outgoing());
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    pair.server->feed(bytes);
    Status last{};
    CPPUNIT_ASSERT_EQUAL(std::string(), read_all(*pair.server, last));
    CPPUNIT_ASSERT(last == Status::failed);
    assert_tells(*pair.server, "bad record mac");
    CPPUNIT_ASSERT(!pair.server->outgoing().empty());  // the alert
  }

  void unusable_files_are_told() {
    const std::string empty = certificates_.file("empty.pem", "");
    assert_refused({.identity = {"/nowhere.pem", "/nowhere.key"}}, "certificate",
                   "certificate /nowhere.pem: No such file or directory");
    assert_refused({.identity = {empty, server_.identity.key}}, "certificate", "empty.pem: ");
    assert_refused({.identity = {server_.identity.certificate, empty}}, "key", "empty.pem: ");
    const TlsIdentity other = certificates_.issue("other");
    assert_refused({.identity = {server_.identity.certificate, other.key}}, "key", "key values mismatch");
    assert_refused({.identity = server_.identity, .client_ca = empty}, "client_ca", "empty.pem: ");
  }

  TlsClientSettings with_certificate(const std::string& subject, const std::string& alternatives = {}) {
    TlsClientSettings settings = trusting();
    settings.identity = certificates_.issue(subject, alternatives);
    return settings;
  }

  static void assert_tells(const TlsEngine& engine, const std::string& part) {
    CPPUNIT_ASSERT_MESSAGE(engine.failure(), engine.failure().find(part) != std::string::npos);
  }

  static void assert_refused(const TlsServerSettings& settings, const std::string& option, const std::string& part) {
    try {
      const TlsServerContext context(settings);
      CPPUNIT_FAIL("taken: " + part);
    } catch (const TlsError& error) {
      CPPUNIT_ASSERT_EQUAL(option, std::string(error.option()));
      CPPUNIT_ASSERT_MESSAGE(error.what(), std::string(error.what()).find(part) != std::string::npos);
    }
  }

  TestCertificates certificates_;
  TlsServerSettings server_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(EngineTest);

}  // namespace
}  // namespace netkit::testing

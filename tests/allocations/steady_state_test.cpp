#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "allocations/counting_new.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

constexpr int kWarmUp = 20;
constexpr int kRounds = 1000;
constexpr int kBatch = 32;
constexpr std::chrono::seconds kPatience{20};

/// The same small message many times over, as one read brings them.
std::string batch_of(const std::string& message) {
  std::string batch;
  for (int i = 0; i < kBatch; ++i) batch += message;
  return batch;
}

/// Calls `round` until everything has its size, then counts the allocations of many more calls.
template <class Round>
std::uint64_t allocations_of(Round round) {
  for (int i = 0; i < kWarmUp; ++i) round();
  const std::uint64_t before = allocations();
  for (int i = 0; i < kRounds; ++i) round();
  return allocations() - before;
}

/// Sends `batch` and takes as many bytes of answers; allocates nothing itself.
void round_trip(TestClient& client, std::string_view batch) {
  std::array<char, 8192> answers;
  client.send(batch);
  for (std::size_t got = 0; got < batch.size();) {
    if (!client.readable(kPatience)) throw std::runtime_error("nothing came");
    const ssize_t count = ::recv(client.fd(), answers.data(), answers.size(), 0);
    if (count <= 0) throw std::runtime_error("the stream ended");
    got += static_cast<std::size_t>(count);
  }
}

/// Handlers, codecs, sessions and hosts have what they need once the first messages have passed: many small ones later
/// not one allocation has been added.
class SteadyStateTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SteadyStateTest);
  CPPUNIT_TEST(the_counter_counts);
  CPPUNIT_TEST(what_lives_is_counted);
  CPPUNIT_TEST(a_session_allocates_nothing);
  CPPUNIT_TEST(a_connection_allocates_nothing);
  CPPUNIT_TEST(a_datagram_socket_allocates_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_counter_counts() {
    const auto allocate = [] { ::operator delete(::operator new(100)); };  // not to be optimised away
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{kRounds}, allocations_of(allocate));
  }

  void what_lives_is_counted() {
    const LiveHeap before = live_heap();
    void* block = ::operator new(100);
    const LiveHeap with_it = live_heap();
    ::operator delete(block);
    const LiveHeap after = live_heap();
    CPPUNIT_ASSERT_EQUAL(before.blocks + 1, with_it.blocks);
    CPPUNIT_ASSERT(with_it.bytes >= before.bytes + 100);
    CPPUNIT_ASSERT_EQUAL(before.blocks, after.blocks);
    CPPUNIT_ASSERT_EQUAL(before.bytes, after.bytes);
  }

  void a_session_allocates_nothing() {
    RecordingHost host;
    for (const auto& [framing, message] :
         {std::pair{"length", std::string("\0\0\0\5hello", 9)}, std::pair{"line", std::string("hello\n")},
          std::pair{"varint", std::string("\5hello")}, std::pair{"netstring", std::string("5:hello,")},
          std::pair{"fixed,size=5", std::string("hello")}}) {
      const Protocol protocol = make_protocol(framing, framing, echo_handler());
      Session session(protocol, host);
      const std::string batch = batch_of(message);
      Output out;
      const std::uint64_t count = allocations_of([&] {
        out.clear();
        session.receive(batch, out);
      });
      CPPUNIT_ASSERT_EQUAL_MESSAGE(framing, batch, std::string(out.view()));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(framing, std::uint64_t{0}, count);
    }
  }

  void a_connection_allocates_nothing() {
    TestHost host(make_protocol("length", "length", echo_handler()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    const std::string batch = batch_of(std::string("\0\0\0\5hello", 9));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, allocations_of([&] { round_trip(client, batch); }));
  }

  void a_datagram_socket_allocates_nothing() {
    TestHost host(make_protocol("datagram", "datagram", echo_handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, allocations_of([&] { round_trip(client, "hello"); }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SteadyStateTest);

}  // namespace
}  // namespace netkit::testing

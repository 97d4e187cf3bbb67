#include "host/datagram/conversation_table.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "host/datagram/datagram_fixture.h"

namespace netkit::testing {
namespace {

class ConversationTableTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConversationTableTest);
  CPPUNIT_TEST(a_peers_datagrams_go_to_its_conversation);
  CPPUNIT_TEST(an_unknown_peer_has_none);
  CPPUNIT_TEST(there_are_so_many_and_no_more);
  CPPUNIT_TEST(one_that_ends_makes_room);
  CPPUNIT_TEST(without_a_permit_none_begins);
  CPPUNIT_TEST(a_drain_ends_all_and_says_so_once);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    fixture_.on_loop([this] { table_.drain(); });
    fixture_.loops.settle();
  }

  void a_peers_datagrams_go_to_its_conversation() {
    DatagramPeer peer = fixture_.peer();
    begin(peer, "1\n");
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), peer.receive());
    CPPUNIT_ASSERT(receive(peer, "2\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), peer.receive());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, context_->counters.accepted.load());
  }

  void an_unknown_peer_has_none() {
    const DatagramPeer peer = fixture_.peer();
    CPPUNIT_ASSERT(!receive(peer, "1\n"));
    begin(peer, "1\n");
    CPPUNIT_ASSERT(!receive(fixture_.peer(), "1\n"));
    CPPUNIT_ASSERT(receive(peer, "1\n"));
  }

  void there_are_so_many_and_no_more() {
    const DatagramPeer first = fixture_.peer();
    const DatagramPeer second = fixture_.peer();
    const DatagramPeer third = fixture_.peer();
    for (const DatagramPeer* peer : {&first, &second, &third}) begin(*peer, "1\n");
    CPPUNIT_ASSERT(receive(first, "2\n") && receive(second, "2\n") && !receive(third, "2\n"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, DatagramFixture::dropped(*context_, DatagramDrop::too_many_peers));
  }

  void one_that_ends_makes_room() {
    const DatagramPeer first = fixture_.peer();
    begin(first, "bye\n");
    CPPUNIT_ASSERT(!receive(first, "2\n"));
    CPPUNIT_ASSERT_EQUAL(1, emptied_);
    CPPUNIT_ASSERT(empty());
    begin(first, "1\n");
    CPPUNIT_ASSERT(receive(first, "2\n"));
  }

  void without_a_permit_none_begins() {
    context_->limits.connections = 1;
    begin(fixture_.peer(), "1\n");
    const DatagramPeer second = fixture_.peer();
    begin(second, "1\n");
    CPPUNIT_ASSERT(!receive(second, "2\n"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, context_->counters.limits_reached.load());
  }

  void a_drain_ends_all_and_says_so_once() {
    begin(fixture_.peer(), "1\n");
    begin(fixture_.peer(), "1\n");
    CPPUNIT_ASSERT(!empty());
    fixture_.on_loop([this] { table_.drain(); });
    CPPUNIT_ASSERT(empty());
    CPPUNIT_ASSERT_EQUAL(1, emptied_);
  }

 private:
  /// Echoes; "bye" ends the conversation.
  static std::shared_ptr<Handler> handler() {
    return make_handler([](const Message& message, Responder& responder) {
      responder.send(message.body);
      if (message.body == "bye") responder.close();
    });
  }
  void begin(const DatagramPeer& peer, const std::string& bytes) {
    fixture_.on_loop([&] {
      table_.begin(*context_, bytes, peer.route, DatagramFixture::plenty());
      fixture_.sender.flush();
    });
  }
  bool receive(const DatagramPeer& peer, const std::string& bytes) {
    return fixture_.on_loop([&] {
      const bool known = table_.receive(bytes, peer.route, DatagramFixture::plenty());
      fixture_.sender.flush();
      return known;
    });
  }
  bool empty() {
    return fixture_.on_loop([this] { return table_.empty(); });
  }

  DatagramFixture fixture_;
  const std::shared_ptr<ListenerContext> context_ = fixture_.context(handler());
  int emptied_ = 0;  // on the loop
  ConversationTable table_{fixture_.loops[0], fixture_.sender, [this] { ++emptied_; }};
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConversationTableTest);

}  // namespace
}  // namespace netkit::testing

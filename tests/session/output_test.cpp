#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "netkit/buffer.h"
#include "session/output.h"

namespace netkit::testing {
namespace {

class SizedBody final : public BodySource {
 public:
  explicit SizedBody(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char>) override { return 0; }

 private:
  std::uint64_t size_;
};

class OutputTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OutputTest);
  CPPUNIT_TEST(a_buffer_keeps_its_bytes_through_growing_and_consuming);
  CPPUNIT_TEST(a_released_buffer_holds_no_memory);
  CPPUNIT_TEST(append_keeps_bodies_and_ends_in_place);
  CPPUNIT_TEST(roll_back_takes_bytes_and_bodies_back);
  CPPUNIT_TEST(an_empty_body_is_dropped);
  CPPUNIT_TEST(a_loan_keeps_its_place_and_leaves_by_pieces);
  CPPUNIT_TEST(what_is_left_of_a_loan_is_copied_at_its_place);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_buffer_keeps_its_bytes_through_growing_and_consuming() {
    Buffer buffer;
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
      const std::string piece(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26));
      buffer.append(piece);
      expected += piece;
      const std::size_t drop = expected.size() / (1 + static_cast<std::size_t>(i % 5));
      buffer.consume(drop);
      expected.erase(0, drop);
      CPPUNIT_ASSERT(buffer.view() == expected);
    }
  }

  void a_released_buffer_holds_no_memory() {
    Buffer buffer;
    buffer.append("x");
    CPPUNIT_ASSERT(buffer.capacity() > 0);
    buffer.release();
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, buffer.capacity());
  }

  void append_keeps_bodies_and_ends_in_place() {
    Output first;
    first.keep_message_ends();
    first.bytes().append("1234");
    first.end_message();
    first.consume(2);
    Output second;
    second.keep_message_ends();
    second.bytes().append("ab");
    second.consume(1);
    second.add_body(std::make_unique<SizedBody>(7));
    second.bytes().append("c");
    second.end_message();
    first.append(second);
    CPPUNIT_ASSERT(second.empty());
    CPPUNIT_ASSERT_EQUAL(std::string("34b"), std::string(first.front_bytes()));
    CPPUNIT_ASSERT((first.message_ends() == std::vector<std::size_t>{4}));
    first.consume(3);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, first.front_body()->size());
  }

  void roll_back_takes_bytes_and_bodies_back() {
    Output out;
    out.bytes().append("keep");
    out.add_body(std::make_unique<SizedBody>(1));
    out.bytes().append("drop");
    out.add_body(std::make_unique<SizedBody>(2));
    out.roll_back(4, 1);
    CPPUNIT_ASSERT_EQUAL(std::string("keep"), std::string(out.view()));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, out.bodies());
  }

  void an_empty_body_is_dropped() {
    Output out;
    out.add_body(std::make_unique<SizedBody>(0));
    CPPUNIT_ASSERT(out.empty());
  }

  void a_loan_keeps_its_place_and_leaves_by_pieces() {
    const std::string lent = "lent";
    Output out;
    out.bytes().append("head");
    out.add_loan(lent);
    out.bytes().append("tail");
    CPPUNIT_ASSERT_EQUAL(std::string("head"), std::string(out.front_bytes()));
    CPPUNIT_ASSERT(out.more_behind_front());
    out.consume(4);
    CPPUNIT_ASSERT(out.front_bytes().data() == lent.data());
    CPPUNIT_ASSERT(out.more_behind_front());
    out.consume(3);
    CPPUNIT_ASSERT_EQUAL(std::string("t"), std::string(out.front_bytes()));
    out.consume(1);
    CPPUNIT_ASSERT_EQUAL(std::string("tail"), std::string(out.front_bytes()));
    CPPUNIT_ASSERT(!out.more_behind_front());
    out.consume(4);
    CPPUNIT_ASSERT(out.empty());
  }

  void what_is_left_of_a_loan_is_copied_at_its_place() {
    std::string lent = "lent";
    Output out;
    out.bytes().append("head");
    out.add_loan(lent);
    out.bytes().append("tail");
    out.add_body(std::make_unique<SizedBody>(7));
    out.bytes().append("end");
    out.consume(4);
    out.consume(1);
    Output kept;
    kept.bytes().append("old ");
    kept.append(out);
    lent = "gone";
    CPPUNIT_ASSERT_EQUAL(std::string("old enttail"), std::string(kept.front_bytes()));
    kept.consume(11);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, kept.take_body()->size());
    CPPUNIT_ASSERT_EQUAL(std::string("end"), std::string(kept.front_bytes()));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OutputTest);

}  // namespace
}  // namespace netkit::testing

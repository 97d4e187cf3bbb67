#include "host/transport/input_buffer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <string>
#include <vector>

namespace netkit::testing {
namespace {

constexpr std::size_t kShared = 1024;  // of a loop; half of it is read at once

/// An input buffer whose stream has `incoming`, and whose user takes messages of a size.
class InputBufferTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(InputBufferTest);
  CPPUNIT_TEST(what_is_used_is_never_kept);
  CPPUNIT_TEST(what_is_left_is_put_before_what_comes);
  CPPUNIT_TEST(what_nobody_wants_is_dropped);
  CPPUNIT_TEST(a_large_message_is_read_where_it_is_kept);
  CPPUNIT_TEST(memory_follows_what_has_come);
  CPPUNIT_TEST(the_last_bytes_of_a_message_move_nothing);
  CPPUNIT_TEST(the_end_and_errors_change_nothing);
  CPPUNIT_TEST(any_pieces_give_the_same_messages);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_is_used_is_never_kept() {
    CPPUNIT_ASSERT_EQUAL(ssize_t{8}, read("abcdefgh", 4));
    CPPUNIT_ASSERT(input_.empty());
    CPPUNIT_ASSERT_EQUAL(std::string("abcd efgh "), messages_);
  }

  void what_is_left_is_put_before_what_comes() {
    read("abcdef", 4);
    CPPUNIT_ASSERT_EQUAL(std::string("ef"), std::string(input_.view()));
    read("gh", 4);
    CPPUNIT_ASSERT(input_.empty());
    CPPUNIT_ASSERT_EQUAL(std::string("abcd efgh "), messages_);
  }

  void what_nobody_wants_is_dropped() {
    keeps_ = false;
    read("abcdef", 4);
    CPPUNIT_ASSERT(input_.empty());
  }

  void a_large_message_is_read_where_it_is_kept() {
    const std::string large(5000, 'x');
    std::size_t at = 0;
    while (at < large.size()) at += static_cast<std::size_t>(read(large.substr(at), large.size()));
    CPPUNIT_ASSERT_EQUAL(large + ' ', messages_);
    CPPUNIT_ASSERT(input_.empty());
    CPPUNIT_ASSERT(behind_ > 0);
  }

  void memory_follows_what_has_come() {
    wanted_ = std::size_t{1} << 30;  // announced
    std::size_t held = 0;
    for (int i = 0; i < 5; ++i) held += static_cast<std::size_t>(read(std::string(700, 'x'), wanted_));
    CPPUNIT_ASSERT_EQUAL(held, input_.view().size());
    CPPUNIT_ASSERT(largest_room_ <= std::size_t{16} << 10);
  }

  void the_last_bytes_of_a_message_move_nothing() {
    const std::string large(std::size_t{64} << 10, 'x');
    wanted_ = large.size() + 4;
    for (std::size_t at = 0; at < large.size(); at += 512) read(large.substr(at, 512), wanted_);
    const char* const end = input_.view().data() + input_.view().size();
    read("last", wanted_);
    CPPUNIT_ASSERT(place_ == end);
    CPPUNIT_ASSERT_EQUAL(large + "last ", messages_);
  }

  void the_end_and_errors_change_nothing() {
    read("ab", 4);
    CPPUNIT_ASSERT_EQUAL(ssize_t{0}, read("", 4));
    fails_ = true;
    CPPUNIT_ASSERT_EQUAL(ssize_t{-1}, read("cd", 4));
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), std::string(input_.view()));
  }

  void any_pieces_give_the_same_messages() {
    std::string all;
    for (int i = 0; i < 3000; ++i) all += static_cast<char>('a' + i % 26);
    for (std::size_t piece = 1; piece < 1500; piece += 7) {
      messages_.clear();
      for (std::size_t at = 0; at < all.size();) at += static_cast<std::size_t>(read(all.substr(at, piece), 1000));
      CPPUNIT_ASSERT_EQUAL(all.substr(0, 1000) + ' ' + all.substr(1000, 1000) + ' ' + all.substr(2000) + ' ',
                           messages_);
      CPPUNIT_ASSERT(input_.empty());
    }
  }

 private:
  ssize_t read(const std::string& incoming, std::size_t message) {
    const auto receive = [&](std::span<char> into) -> ssize_t {
      if (fails_) return -1;
      const bool is_shared = into.data() >= shared_.data() && into.data() < shared_.data() + shared_.size();
      if (!is_shared) ++behind_;
      place_ = into.data();
      largest_room_ = std::max(largest_room_, into.size());
      const std::size_t count = std::min(into.size(), incoming.size());
      std::copy_n(incoming.begin(), count, into.begin());
      return static_cast<ssize_t>(count);
    };
    const auto use = [&](std::string_view bytes) {
      std::size_t used = 0;
      for (; bytes.size() - used >= message; used += message)
        messages_ += std::string(bytes.substr(used, message)) + ' ';
      return used;
    };
    return input_.read(std::span<char>(shared_), wanted_, receive, use, [this] { return keeps_; });
  }

  std::vector<char> shared_ = std::vector<char>(kShared);
  InputBuffer input_;
  std::string messages_;
  std::size_t wanted_ = 0;
  std::size_t largest_room_ = 0;
  const char* place_ = nullptr;  // of the last read
  int behind_ = 0;
  bool keeps_ = true;
  bool fails_ = false;
};

CPPUNIT_TEST_SUITE_REGISTRATION(InputBufferTest);

}  // namespace
}  // namespace netkit::testing

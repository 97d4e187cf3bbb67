#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

#include "handler/shared_table.h"

namespace netkit::lua::test {

class SharedTableTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SharedTableTest);
  CPPUNIT_TEST(keeps_values_of_all_kinds);
  CPPUNIT_TEST(what_expires_is_gone_and_gives_its_room_back);
  CPPUNIT_TEST(adds_to_numbers_alone);
  CPPUNIT_TEST(is_bounded);
  CPPUNIT_TEST(a_call_clears_little_away);
  CPPUNIT_TEST_SUITE_END();

  using Value = SharedTable::Value;

 public:
  void keeps_values_of_all_kinds() {
    SharedTable table(10'000);
    for (const Value& value : {Value(true), Value(std::int64_t{7}), Value(0.5), Value(std::string("text"))}) {
      CPPUNIT_ASSERT(table.set("key", value, {}, start_));
      CPPUNIT_ASSERT(table.get("key", start_) == value);
    }
    table.erase("key");
    CPPUNIT_ASSERT(!table.get("key", start_));
    table.erase("key");
  }

  void what_expires_is_gone_and_gives_its_room_back() {
    SharedTable table(500);
    const std::string text(200, 'x');
    CPPUNIT_ASSERT(table.set("a", text, start_ + std::chrono::seconds(1), start_));
    CPPUNIT_ASSERT(!table.set("b", text, {}, start_));
    CPPUNIT_ASSERT(table.get("a", start_ + std::chrono::milliseconds(999)));
    CPPUNIT_ASSERT(!table.get("a", start_ + std::chrono::seconds(1)));
    CPPUNIT_ASSERT(table.set("b", text, {}, start_ + std::chrono::seconds(1)));
    table.erase("b");
    table.set("a", text, start_ + std::chrono::seconds(3), start_);
    table.set("a", text, {}, start_ + std::chrono::seconds(2));  // stays now
    CPPUNIT_ASSERT(table.get("a", start_ + std::chrono::hours(1)));
  }

  void adds_to_numbers_alone() {
    SharedTable table(10'000);
    CPPUNIT_ASSERT(table.add("n", std::int64_t{2}, start_ + std::chrono::seconds(1), start_) == Value(std::int64_t{2}));
    CPPUNIT_ASSERT(table.add("n", std::int64_t{3}, {}, start_) == Value(std::int64_t{5}));
    CPPUNIT_ASSERT(table.add("n", 0.5, {}, start_) == Value(5.5));
    CPPUNIT_ASSERT(!table.get("n", start_ + std::chrono::seconds(1)));  // it expires as it was made
    table.set("text", std::string("1"), {}, start_);
    CPPUNIT_ASSERT_THROW(table.add("text", std::int64_t{1}, {}, start_), std::invalid_argument);
  }

  void is_bounded() {
    SharedTable table(2000);
    int kept = 0;
    while (table.set(std::to_string(kept), std::int64_t{1}, {}, start_)) ++kept;
    CPPUNIT_ASSERT(kept > 5 && kept < 20);
    CPPUNIT_ASSERT(!table.add("new", std::int64_t{1}, {}, start_));
    CPPUNIT_ASSERT(!table.set("0", std::string(1000, 'x'), {}, start_));
    CPPUNIT_ASSERT(table.get("0", start_) == Value(std::int64_t{1}));
    CPPUNIT_ASSERT(table.set("0", std::int64_t{2}, {}, start_));
    table.erase("0");
    CPPUNIT_ASSERT(table.set("new", std::int64_t{1}, {}, start_));
  }

  /// Entries that expire together must not hold up all loops at once, nor be seen again, nor keep others out.
  void a_call_clears_little_away() {
    constexpr int kEntries = 1000;
    const auto expiry = start_ + std::chrono::seconds(1);
    SharedTable table(1'000'000);
    for (int i = 0; i < kEntries; ++i) table.set(std::to_string(i), std::int64_t{i}, expiry, start_);
    CPPUNIT_ASSERT(!table.get("999", expiry));
    CPPUNIT_ASSERT(table.size() >= 800 && table.size() < 950);
    CPPUNIT_ASSERT(table.add("998", std::int64_t{5}, {}, expiry) == Value(std::int64_t{5}));
    CPPUNIT_ASSERT(table.set("997", true, {}, expiry));
    CPPUNIT_ASSERT(table.size() >= 600);
    CPPUNIT_ASSERT(table.set("large", std::string(999'000, 'x'), {}, expiry));
    CPPUNIT_ASSERT(table.get("997", expiry) == Value(true));
    for (int i = 0; i < 10; ++i) table.get("none", expiry);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, table.size());
  }

 private:
  const SharedTable::Clock::time_point start_{std::chrono::hours(1)};
};

CPPUNIT_TEST_SUITE_REGISTRATION(SharedTableTest);

}  // namespace netkit::lua::test

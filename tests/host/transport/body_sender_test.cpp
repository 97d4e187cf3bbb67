#include "host/transport/body_sender.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "host/transport/memory_stream.h"
#include "host/transport/plain_stream.h"

namespace netkit::testing {
namespace {

using Status = BodySender::Status;

/// What a test makes of a body, and what became of it.
struct Script {
  std::string bytes;
  std::uint64_t announced = 0;
  bool intact = true;
  int file = -1;
  std::uint64_t offset = 0;
  std::uint64_t sent = UINT64_MAX;  ///< What on_sent() has told.
  int reads = 0;
};

class ScriptedBody final : public BodySource {
 public:
  explicit ScriptedBody(Script& script) : script_(script) {}
  std::uint64_t size() const override { return script_.announced; }
  std::size_t read(std::span<char> into) override {
    ++script_.reads;
    const std::size_t count = script_.bytes.copy(into.data(), into.size(), at_);
    at_ += count;
    return count;
  }
  int descriptor() const override { return script_.file; }
  std::uint64_t offset() const override { return script_.offset; }
  bool intact() override { return script_.intact; }
  void on_sent(std::uint64_t bytes) override { script_.sent = bytes; }

 private:
  Script& script_;
  std::size_t at_ = 0;
};

class BodySenderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BodySenderTest);
  CPPUNIT_TEST(a_body_is_read_and_sent_and_its_source_told);
  CPPUNIT_TEST(it_goes_on_where_the_stream_took_no_more);
  CPPUNIT_TEST(it_yields_at_the_end_of_its_share);
  CPPUNIT_TEST(the_last_bytes_of_a_body_that_has_changed_are_withheld);
  CPPUNIT_TEST(a_body_that_comes_short_fails);
  CPPUNIT_TEST(a_dead_stream_is_told);
  CPPUNIT_TEST(a_file_is_sent_without_being_read);
  CPPUNIT_TEST(a_file_that_comes_short_fails);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_body_is_read_and_sent_and_its_source_told() {
    auto sender = of("hello, world");
    CPPUNIT_ASSERT(sender->send(stream_, 100, false) == Status::done);
    CPPUNIT_ASSERT_EQUAL(std::string("hello, world"), stream_.sent);
    CPPUNIT_ASSERT(!stream_.more_follows);
    sender.reset();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{12}, script_.sent);
  }

  void it_goes_on_where_the_stream_took_no_more() {
    const auto sender = of("hello, world");
    stream_.room = 5;
    CPPUNIT_ASSERT(sender->send(stream_, 100, true) == Status::blocked);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, sender->sent());
    stream_.room = 100;
    CPPUNIT_ASSERT(sender->send(stream_, 100, true) == Status::done);
    CPPUNIT_ASSERT_EQUAL(std::string("hello, world"), stream_.sent);
    CPPUNIT_ASSERT(stream_.more_follows);  // answers do
    CPPUNIT_ASSERT_EQUAL(1, script_.reads);
  }

  void it_yields_at_the_end_of_its_share() {
    const auto sender = of("hello, world");
    CPPUNIT_ASSERT(sender->send(stream_, 5, false) == Status::yielded);
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), stream_.sent);
    CPPUNIT_ASSERT(sender->send(stream_, 7, false) == Status::done);
  }

  void the_last_bytes_of_a_body_that_has_changed_are_withheld() {
    const auto sender = of("hello, world");
    CPPUNIT_ASSERT(sender->send(stream_, 5, false) == Status::yielded);
    script_.intact = false;
    CPPUNIT_ASSERT(sender->send(stream_, 5, false) == Status::yielded);  // these are not the last ones
    CPPUNIT_ASSERT(sender->send(stream_, 5, false) == Status::failed);
    CPPUNIT_ASSERT_EQUAL(std::string("hello, wor"), stream_.sent);
  }

  void a_body_that_comes_short_fails() {
    const auto sender = of("hello", 6);
    CPPUNIT_ASSERT(sender->send(stream_, 100, false) == Status::failed);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, sender->sent());
  }

  void a_dead_stream_is_told() {
    const auto sender = of("hello");
    stream_.error = EPIPE;
    CPPUNIT_ASSERT(sender->send(stream_, 100, false) == Status::lost);
  }

  void a_file_is_sent_without_being_read() {
    const auto sender = of_file("0123456789", 3, 5);
    CPPUNIT_ASSERT(sender->send(*plain_, 100, false) == Status::done);
    CPPUNIT_ASSERT_EQUAL(std::string("34567"), arrived());
    CPPUNIT_ASSERT_EQUAL(0, script_.reads);
  }

  void a_file_that_comes_short_fails() {
    const auto sender = of_file("0123456789", 8, 5);
    CPPUNIT_ASSERT(sender->send(*plain_, 100, false) == Status::failed);
    CPPUNIT_ASSERT_EQUAL(std::string("89"), arrived());
  }

 private:
  std::unique_ptr<BodySender> of(const std::string& bytes, std::uint64_t announced = 0) {
    script_.bytes = bytes;
    script_.announced = announced > 0 ? announced : bytes.size();
    return std::make_unique<BodySender>(std::make_unique<ScriptedBody>(script_));
  }

  std::unique_ptr<BodySender> of_file(const std::string& text, std::uint64_t offset, std::uint64_t size) {
    std::array<int, 2> ends{};
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()));
    plain_ = std::make_unique<PlainStream>(UniqueFd(ends[0]));
    peer_ = UniqueFd(ends[1]);
    char name[] = "/tmp/netkit-body-XXXXXX";
    file_ = UniqueFd(::mkostemp(name, O_CLOEXEC));
    ::unlink(name);
    CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(text.size()), ::write(file_.get(), text.data(), text.size()));
    script_.file = file_.get();
    script_.offset = offset;
    return of({}, size);
  }
  std::string arrived() const {
    std::array<char, 64> room{};
    const ssize_t count = ::read(peer_.get(), room.data(), room.size());
    CPPUNIT_ASSERT(count >= 0);
    return {room.data(), static_cast<std::size_t>(count)};
  }

  Script script_;
  MemoryStream stream_;
  std::unique_ptr<Stream> plain_;
  UniqueFd peer_;
  UniqueFd file_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(BodySenderTest);

}  // namespace
}  // namespace netkit::testing

#include <fcntl.h>
#include <sys/stat.h>

#include <functional>
#include <initializer_list>
#include <utility>
#include <vector>

#include "fixture.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kSize = 200'000;  // streamed, not read into memory

/// Everything the source still gives.
std::string drain(BodySource& source) {
  std::string body;
  std::vector<char> piece(50'000);
  while (const std::size_t count = source.read(piece)) body.append(piece.data(), count);
  return body;
}

/// Does something when the handler says that it begins to hash.
class MeddlingLog final : public Log {
 public:
  explicit MeddlingLog(std::function<void()> meddle) : meddle_(std::move(meddle)) {}
  void write(LogLevel /*level*/, std::string_view /*text*/) override {}
  void event(LogLevel /*level*/, std::string_view event, std::initializer_list<LogField> /*fields*/) override {
    if (event == "file-hashing") meddle_();
  }

 private:
  std::function<void()> meddle_;
};

}  // namespace

class FileSendChangeTest : public FileSendFixture {
  CPPUNIT_TEST_SUITE(FileSendChangeTest);
  CPPUNIT_TEST(an_untouched_file_is_intact);
  CPPUNIT_TEST(a_changed_file_is_not_intact);
  CPPUNIT_TEST(a_file_changed_while_it_is_hashed_is_not_sent);
  CPPUNIT_TEST(a_forged_modification_time_does_not_help);
  CPPUNIT_TEST(a_grown_file_is_cut_at_the_announced_size);
  CPPUNIT_TEST(a_truncated_file_comes_short);
  CPPUNIT_TEST(a_replaced_or_removed_file_arrives_as_it_was);
  CPPUNIT_TEST(a_removed_file_that_is_changed_is_not_intact);
  CPPUNIT_TEST(a_file_over_4_gib_has_its_size_and_its_end);
  CPPUNIT_TEST(a_file_with_less_than_it_says_is_never_padded);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { make_file(); }

  void an_untouched_file_is_intact() {
    const auto body = open_body(*handler_, "f");
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{kSize}, body->size());
    CPPUNIT_ASSERT(drain(*body) == std::string(kSize, 'a'));
    CPPUNIT_ASSERT(body->intact());
  }

  void a_changed_file_is_not_intact() {
    const auto body = open_body(*handler_, "f");
    overwrite(file(), "b");
    CPPUNIT_ASSERT(!body->intact());
  }

  void a_file_changed_while_it_is_hashed_is_not_sent() {
    for (const std::size_t size : {kSize, std::size_t{1000}}) {
      fs::resize_file(file(), size);
      set_modified({.tv_sec = 1'000'000'000, .tv_nsec = 0});
      MeddlingLog log([&] { overwrite(file(), "b"); });
      const Answer answer = ask(*plugin_.type().make(options(), {"test", log}), "f");
      CPPUNIT_ASSERT_EQUAL(std::string("changed"), answer.attribute("error"));
      CPPUNIT_ASSERT(answer.attributes.find("hash") == nullptr);
    }
  }

  void a_forged_modification_time_does_not_help() {
    const auto body = open_body(*handler_, "f");
    const struct stat before = status();
    // The clock behind these times may have steps of some milliseconds.
    do {
      overwrite(file(), "b");
      set_modified(before.st_mtim);
    } while (status().st_ctim.tv_sec == before.st_ctim.tv_sec && status().st_ctim.tv_nsec == before.st_ctim.tv_nsec);
    CPPUNIT_ASSERT_EQUAL(before.st_mtim.tv_nsec, status().st_mtim.tv_nsec);
    CPPUNIT_ASSERT(!body->intact());
  }

  void a_grown_file_is_cut_at_the_announced_size() {
    const auto body = open_body(*handler_, "f");
    fs::resize_file(file(), kSize * 2);
    CPPUNIT_ASSERT(drain(*body) == std::string(kSize, 'a'));
    CPPUNIT_ASSERT(!body->intact());
  }

  void a_truncated_file_comes_short() {
    const auto body = open_body(*handler_, R"({"filename":"f","offset":50000})");
    fs::resize_file(file(), 100'000);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{kSize - 50'000}, body->size());
    CPPUNIT_ASSERT(drain(*body) == std::string(50'000, 'a'));
    CPPUNIT_ASSERT(!body->intact());
  }

  void a_replaced_or_removed_file_arrives_as_it_was() {
    const auto body = open_body(*handler_, "f");
    scratch_.write("new", std::string(kSize, 'b'));
    fs::rename(scratch_.root() / "new", file());
    CPPUNIT_ASSERT(drain(*body) == std::string(kSize, 'a'));
    CPPUNIT_ASSERT(body->intact());

    const auto newer = open_body(*handler_, "f");
    fs::remove(file());
    CPPUNIT_ASSERT(drain(*newer) == std::string(kSize, 'b'));
    CPPUNIT_ASSERT(newer->intact());
  }

  void a_removed_file_that_is_changed_is_not_intact() {
    const auto body = open_body(*handler_, "f");
    const fs::path still_open = "/proc/self/fd/" + std::to_string(body->descriptor());
    fs::remove(file());
    overwrite(still_open, "b");
    CPPUNIT_ASSERT(!body->intact());
  }

  void a_file_over_4_gib_has_its_size_and_its_end() {
    constexpr std::uint64_t kFiveGib = std::uint64_t{5} << 30;
    fs::resize_file(file(), kFiveGib - 3);
    std::ofstream(file(), std::ios::app) << "end";
    const auto hashless = plugin_.make(options("none"));
    const auto whole = open_body(*hashless, "f");
    CPPUNIT_ASSERT_EQUAL(kFiveGib, whole->size());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, whole->offset());
    const auto rest = open_body(*hashless, R"({"filename":"f","offset":5368709110})");
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{10}, rest->size());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5368709110}, rest->offset());
    CPPUNIT_ASSERT_EQUAL(std::string("\0\0\0\0\0\0\0end", 10), drain(*rest));
    CPPUNIT_ASSERT(rest->intact());
  }

  /// Files of sysfs say 4096 bytes and have a few.
  void a_file_with_less_than_it_says_is_never_padded() {
    Options chosen = options();
    chosen.set("root", std::string("/sys/kernel"));
    const Answer answer = ask(*plugin_.make(chosen), "uevent_seqnum");
    CPPUNIT_ASSERT_EQUAL(std::string("changed"), answer.attribute("error"));
  }

 private:
  fs::path file() const { return scratch_.root() / "f"; }

  /// Modified long ago, so that any change shows however coarse the clock.
  void make_file() {
    scratch_.write("f", std::string(kSize, 'a'));
    set_modified({.tv_sec = 1'000'000'000, .tv_nsec = 0});
  }

  static void overwrite(const fs::path& path, const std::string& bytes) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file << bytes;
    CPPUNIT_ASSERT(file.flush());
  }

  struct stat status() const {
    struct stat found {};
    CPPUNIT_ASSERT_EQUAL(0, ::stat(file().c_str(), &found));
    return found;
  }

  void set_modified(const timespec& time) const {
    const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, time};
    CPPUNIT_ASSERT_EQUAL(0, ::utimensat(AT_FDCWD, file().c_str(), times, 0));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileSendChangeTest);

}  // namespace netkit::testing

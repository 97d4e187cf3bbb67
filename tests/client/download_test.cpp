#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <string>

#include "netkit-client/download/download.h"

namespace netkit::client {
namespace {

constexpr const char* kHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";  // of "hello"

constexpr std::uint64_t kLargest = 1000;

void equal(const std::string& expected, const std::string& actual) { CPPUNIT_ASSERT_EQUAL(expected, actual); }

/// A target in memory that remembers its fate.
class MemoryTarget final : public DownloadTarget {
 public:
  explicit MemoryTarget(std::string existing = {}) : content(std::move(existing)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t existing() override { return content.size(); }
  void start(std::uint64_t keep, const std::function<void(std::string_view)>& use) override {
    content.resize(keep);
    use(content);
  }
  void write(std::string_view bytes) override { content += bytes; }
  void publish() override { fate += "published"; }
  std::string discard() override {
    fate += "discarded";
    return "gone";
  }
  std::string keep() override {
    fate += "kept";
    return "kept";
  }

  std::string content;
  std::string fate;

 private:
  const std::string name_ = "file";
};

class DownloadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DownloadTest);
  CPPUNIT_TEST(what_is_verified_is_published);
  CPPUNIT_TEST(what_is_wrong_is_discarded);
  CPPUNIT_TEST(what_breaks_off_is_kept);
  CPPUNIT_TEST(nothing_is_touched_before_a_good_header);
  CPPUNIT_TEST(resuming_hashes_what_was_there);
  CPPUNIT_TEST(a_server_that_does_not_resume_starts_over);
  CPPUNIT_TEST(requests);
  CPPUNIT_TEST(more_than_is_allowed_is_refused);
  CPPUNIT_TEST(a_long_refusal_is_not_waited_for);
  CPPUNIT_TEST(a_second_answer_changes_nothing);
  CPPUNIT_TEST_SUITE_END();

  ProgressBar progress_{-1, "file"};

  static std::string header(const std::string& members) { return R"({"filename":null,)" + members + "}"; }

  /// Puts one answer through, and returns what the verdict says.
  std::string give(DownloadTarget& target, const std::string& text, const std::string& body, bool whole = true) {
    Download download("file", kLargest, target, progress_);
    download.request();
    Outcome outcome = download.begin(text, body.size());
    if (!outcome) {
      for (const char& byte : body) download.piece({&byte, 1});
      if (whole) {
        download.end();
      } else {
        outcome = Failure{"broken off"};
      }
    }
    const Outcome verdict = download.conclude(outcome);
    return verdict ? verdict->text : "";
  }

  void what_is_verified_is_published() {
    MemoryTarget target;
    equal("", give(target, header(R"("hash":")" + std::string(kHello) + "\""), "hello"));
    equal("published", target.fate);
    equal("hello", target.content);
  }

  void what_is_wrong_is_discarded() {
    MemoryTarget target;
    const std::string said = give(target, header(R"("hash":")" + std::string(kHello) + "\""), "hullo");
    CPPUNIT_ASSERT(said.ends_with("announced was '" + std::string(kHello) + "'; gone"));
    equal("discarded", target.fate);
  }

  void what_breaks_off_is_kept() {
    MemoryTarget target;
    equal("broken off; kept", give(target, header(R"("hash":null)"), "hel", false));
    equal("kept", target.fate);
  }

  void nothing_is_touched_before_a_good_header() {
    for (const char* bad : {"", R"({"error":"no"})", R"({"offset":7})", R"({"hash":"00","hash_algorithm":"x"})"}) {
      MemoryTarget target("old");
      CPPUNIT_ASSERT(!give(target, bad, "body").empty());
      equal("old", target.content);
      CPPUNIT_ASSERT(target.fate.empty() || target.fate == "kept");
    }
  }

  void resuming_hashes_what_was_there() {
    MemoryTarget target("hel");
    equal("", give(target, header(R"("offset":3,"hash":")" + std::string(kHello) + "\""), "lo"));
    equal("published", target.fate);
    equal("hello", target.content);
  }

  void a_server_that_does_not_resume_starts_over() {
    MemoryTarget target("xyz");
    equal("", give(target, header(R"("hash":")" + std::string(kHello) + "\""), "hello"));
    equal("hello", target.content);
  }

  void requests() {
    const auto request = [this](const std::string& file, const std::string& existing) {
      MemoryTarget target(existing);
      return Download(file, kLargest, target, progress_).request();
    };
    equal("dir/a b", request("dir/a b", ""));
    equal(R"({"filename":"a","offset":3})", request("a", "xyz"));
    equal(R"({"filename":"{a"})", request("{a", ""));
    equal(R"({"filename":"a\n"})", request("a\n", ""));
  }

  /// What is said of an answer whose header announces `size` bytes, of which none comes.
  std::string announce(DownloadTarget& target, const std::string& text, std::uint64_t size) {
    Download download("file", kLargest, target, progress_);
    download.request();
    const Outcome outcome = download.begin(text, size);
    return outcome ? download.conclude(outcome)->text : "";
  }

  void more_than_is_allowed_is_refused() {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    MemoryTarget target;
    equal("", announce(target, R"({})", kLargest));
    equal("the server announces 1001 B, allowed are 1000 B (--max-size); kept",
          announce(target, R"({})", kLargest + 1));
    equal("the server announces 16.0 EiB, allowed are 1000 B (--max-size); kept", announce(target, R"({})", kMost));
    MemoryTarget part("0123456789");
    equal("", announce(part, R"({"offset":10})", kLargest - 10));
    for (const std::uint64_t size : {kLargest - 9, kMost - 9}) {  // 10 + the last one wraps
      const std::string said = announce(part, R"({"offset":10})", size);
      CPPUNIT_ASSERT(said.find(" beyond the 10 B that are here, allowed are 1000 B") != std::string::npos);
    }
  }

  void a_long_refusal_is_not_waited_for() {
    MemoryTarget target;
    equal("cannot get 'file': the server says 'no'", announce(target, R"({"error":"no"})", 1 << 20));
    equal("", target.fate);
  }

  void a_second_answer_changes_nothing() {
    MemoryTarget target;
    Download download("file", kLargest, target, progress_);
    download.request();
    CPPUNIT_ASSERT(!download.begin(header(R"("hash":")" + std::string(kHello) + "\""), 5));
    download.piece("hello");
    download.end();
    const Outcome second = download.begin(header(R"("hash":null)"), 5);
    CPPUNIT_ASSERT(second);
    CPPUNIT_ASSERT(!download.conclude(second));
    equal("hello", target.content);
    equal("published", target.fate);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DownloadTest);

}  // namespace
}  // namespace netkit::client

#include <cppunit/extensions/HelperMacros.h>

#include "framing/example_framings.h"
#include "netkit/testing/failure.h"
#include "netkit/testing/framing_contract.h"
#include "netkit/testing/framing_fuzz.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

/// One byte of length, with a fault: the decoder takes a length of 7 for 6, or remembers the length in all of them.
class FaultyDecoder final : public Decoder {
 public:
  explicit FaultyDecoder(bool shared) : shared_(shared) {}
  Decoded decode(std::string_view bytes) override {
    std::size_t length = static_cast<unsigned char>(bytes.front());
    if (shared_) {
      static std::size_t last = 0;
      if (last == 0) last = length;
      length = last;
      if (bytes.size() > length) last = 0;
    }
    if (bytes.size() <= length) return {.size = 1 + length};
    if (!shared_ && length == 7) --length;
    return {.status = Decoded::Status::message, .size = 1 + length, .message = {.body = bytes.substr(1, length)}};
  }

 private:
  const bool shared_;
};

class ByteEncoder final : public Encoder {
 public:
  void begin(const Attributes&, std::uint64_t size, Buffer& out) override { out.append(static_cast<char>(size)); }
  void end(std::span<char>, Buffer&) override {}
};

FramingType faulty(bool shared) {
  return {.name = "faulty",
          .decoder = [shared](const Options&) { return [shared] { return std::make_unique<FaultyDecoder>(shared); }; },
          .encoder = [](const Options&) { return [] { return std::make_unique<ByteEncoder>(); }; }};
}

/// Framings of plugins are held to the contract.
class FramingKitTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FramingKitTest);
  CPPUNIT_TEST(a_good_framing_keeps_it_with_samples_of_its_own_encoder);
  CPPUNIT_TEST(faults_are_found_and_named);
  CPPUNIT_TEST(a_fuzzer_finds_what_depends_on_the_split);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_good_framing_keeps_it_with_samples_of_its_own_encoder() {
    expect_contract(subject_of(framing_type(enroll_samples, "slip")));
  }

  void faults_are_found_and_named() {
    Subject subject{.type = faulty(true), .samples = {{"\x02hi", "hi"}}, .has_limit = false};
    CPPUNIT_ASSERT(names(broken_promises(subject), "the_decoders_of_two_conversations_share_no_state"));
    subject = {.type = faulty(false), .samples = {{"\x07seventh", "seventh"}}, .has_limit = false};
    CPPUNIT_ASSERT(names(broken_promises(subject), "a_message_is_found_and_takes_just_its_bytes"));
    CPPUNIT_ASSERT_THROW(expect_contract(subject), TestFailure);
  }

  void a_fuzzer_finds_what_depends_on_the_split() {
    const std::uint8_t bytes[] = {3, 'a', 0xc0, 0xdb, 0xdc, 0xc0, 'x'};
    CPPUNIT_ASSERT_EQUAL(0, fuzz_framing(enroll_samples, "slip", bytes, sizeof bytes));
    const TestedFraming framing(faulty(true));
    CPPUNIT_ASSERT_THROW(check_bytes(framing, "\x03" "abc\x01z\x02hi", 1), TestFailure);
  }

 private:
  static bool names(const std::vector<std::string>& broken, const std::string& check) {
    for (const std::string& one : broken) {
      if (one.starts_with(check)) return true;
    }
    return false;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FramingKitTest);

}  // namespace
}  // namespace netkit::testing

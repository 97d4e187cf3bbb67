#include <cppunit/extensions/HelperMacros.h>

#include "framing/example_framings.h"
#include "netkit/testing/failure.h"
#include "netkit/testing/framing_contract.h"
#include "netkit/testing/framing_fuzz.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

enum class Fault : std::uint8_t {
  loses_byte,  ///< A body of seven bytes has six.
  shared,      ///< All decoders together remember the length of the message that has begun.
  impatient,   ///< A message ends with the read if four bytes have come.
};

/// One byte of length before each message, and a fault.
class FaultyDecoder final : public Decoder {
 public:
  explicit FaultyDecoder(Fault fault) : fault_(fault) {}
  Decoded decode(std::string_view bytes) override {
    if (bytes.empty()) return {};
    static std::size_t begun = 0;
    std::size_t length = static_cast<unsigned char>(bytes.front());
    if (fault_ == Fault::shared && begun == 0) begun = length;
    if (fault_ == Fault::shared) length = begun;
    if (fault_ == Fault::impatient && bytes.size() == 4 && length > 3) length = 3;
    if (bytes.size() <= length) return {.size = 1 + length};
    begun = 0;
    if (fault_ == Fault::loses_byte && length == 7) --length;
    return {.status = Decoded::Status::message, .size = 1 + length, .message = {.body = bytes.substr(1, length)}};
  }

 private:
  const Fault fault_;
};

class ByteEncoder final : public Encoder {
 public:
  void begin(const Attributes&, std::uint64_t size, Buffer& out) override { out.append(static_cast<char>(size)); }
  void end(std::span<char>, Buffer&) override {}
};

FramingType faulty(Fault fault) {
  return {.name = "faulty",
          .decoder = [fault](const Options&) { return [fault] { return std::make_unique<FaultyDecoder>(fault); }; },
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
    Subject subject{.type = faulty(Fault::shared),
                    .samples = {{"\x02hi", "hi"},
                                {"\x03"
                                 "abc",
                                 "abc"}},
                    .has_limit = false};
    CPPUNIT_ASSERT(names(broken_promises(subject), "the_decoders_of_two_conversations_share_no_state"));
    subject = {.type = faulty(Fault::loses_byte), .samples = {{"\x07seventh", "seventh"}}, .has_limit = false};
    CPPUNIT_ASSERT(names(broken_promises(subject), "a_message_is_found_and_takes_just_its_bytes"));
    CPPUNIT_ASSERT_THROW(expect_contract(subject), TestFailure);
  }

  void a_fuzzer_finds_what_depends_on_the_split() {
    const std::uint8_t bytes[] = {3, 'a', 0xc0, 0xdb, 0xdc, 0xc0, 'x'};
    CPPUNIT_ASSERT_EQUAL(0, fuzz_framing(enroll_samples, "slip", bytes, sizeof bytes));
    const TestedFraming framing(faulty(Fault::impatient));
    CPPUNIT_ASSERT_THROW(check_bytes(framing,
                                     "\x05"
                                     "abcde\x01z\x02hi",
                                     0),
                         TestFailure);
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

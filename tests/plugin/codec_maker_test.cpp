#include "plugin/codec_maker.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

#include "framing/builtin.h"
#include "netkit/testing/types.h"
#include "plugin/registry.h"

namespace netkit::testing {
namespace {

/// A framing whose halves count together how many messages have passed either way, and put the number in front.
class Shared {
 public:
  class Reader final : public Decoder {
   public:
    explicit Reader(std::shared_ptr<int> passed) : passed_(std::move(passed)) {}
    Decoded decode(std::string_view bytes) override {
      ++*passed_;
      return {.status = Decoded::Status::message, .size = bytes.size(), .message = {.body = bytes}};
    }

   private:
    const std::shared_ptr<int> passed_;
  };
  class Writer final : public Encoder {
   public:
    explicit Writer(std::shared_ptr<int> passed) : passed_(std::move(passed)) {}
    void begin(const Attributes&, std::uint64_t, Buffer& out) override { out.append(std::to_string(++*passed_) + ' '); }
    void end(std::span<char>, Buffer&) override {}

   private:
    const std::shared_ptr<int> passed_;
  };

  static FramingType type() {
    return {.name = "shared", .codec = [](const Options&) {
              return [] {
                const auto passed = std::make_shared<int>(0);
                return Codec{std::make_unique<Reader>(passed), std::make_unique<Writer>(passed)};
              };
            }};
  }
};

class CodecMakerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CodecMakerTest);
  CPPUNIT_TEST(each_direction_has_its_own_type);
  CPPUNIT_TEST(the_name_says_both_where_they_differ);
  CPPUNIT_TEST(halves_of_one_type_share_their_state);
  CPPUNIT_TEST(each_codec_has_a_state_of_its_own);
  CPPUNIT_TEST(a_shared_type_may_stand_in_one_direction);
  CPPUNIT_TEST(options_are_of_each_direction);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { add_builtin_framings(registry_); }

  void each_direction_has_its_own_type() {
    const Codec codec = make("line", "netstring").make();
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), body(codec, "hello\nrest"));
    CPPUNIT_ASSERT_EQUAL(std::string("2:hi,"), encoded(codec, "hi"));
  }

  void the_name_says_both_where_they_differ() {
    CPPUNIT_ASSERT_EQUAL(std::string("line/netstring"), make("line", "netstring").name());
    CPPUNIT_ASSERT_EQUAL(std::string("line"), make("line", "line").name());
  }

  void halves_of_one_type_share_their_state() {
    const Codec codec = netkit::make_framing({shared_, {}}, {shared_, {}}).make();
    body(codec, "a");
    CPPUNIT_ASSERT_EQUAL(std::string("2 x"), encoded(codec, "x"));
  }

  void each_codec_has_a_state_of_its_own() {
    const Framing framing = netkit::make_framing({shared_, {}}, {shared_, {}});
    body(framing.make(), "a");
    CPPUNIT_ASSERT_EQUAL(std::string("1 x"), encoded(framing.make(), "x"));
  }

  void a_shared_type_may_stand_in_one_direction() {
    const Options line = options("line");
    const Direction other{*registry_.framing("line"), line};
    CPPUNIT_ASSERT_EQUAL(std::string("1 x"), encoded(netkit::make_framing(other, {shared_, {}}).make(), "x"));
    CPPUNIT_ASSERT_EQUAL(std::string("a\nb"), body(netkit::make_framing({shared_, {}}, other).make(), "a\nb"));
  }

  void options_are_of_each_direction() {
    const FramingType& length = *registry_.framing("length");
    const Options in = make_options(length.options, {{"bytes", "1"}});
    const Options out = make_options(length.options, {{"bytes", "2"}});
    const Codec codec = netkit::make_framing({length, in}, {length, out}).make();
    CPPUNIT_ASSERT_EQUAL(std::string("hi"), body(codec, std::string_view("\x02hi", 3)));
    CPPUNIT_ASSERT_EQUAL(std::string("\0\x02hi", 4), encoded(codec, "hi"));
  }

 private:
  Options options(const std::string& name) const { return make_options(registry_.framing(name)->options, {}); }
  Framing make(const std::string& in, const std::string& out) const {
    return netkit::make_framing({*registry_.framing(in), options(in)}, {*registry_.framing(out), options(out)});
  }
  static std::string body(const Codec& codec, std::string_view bytes) {
    return std::string(codec.decoder->decode(bytes).message.body);
  }
  static std::string encoded(const Codec& codec, std::string_view body) {
    Buffer out;
    codec.encoder->encode(kNoAttributes, body, out);
    return std::string(out.view());
  }

  TypeRegistry registry_;
  const FramingType shared_ = Shared::type();
};

CPPUNIT_TEST_SUITE_REGISTRATION(CodecMakerTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "framing/lua_framing.h"
#include "netkit/testing/framing_contract.h"
#include "plugins/lua/script_files.h"

namespace netkit::lua::test {

using namespace netkit::testing;
using namespace std::string_literals;

/// The framing `lua`, with the scripts of the examples and with wrong ones.
class LuaFramingTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LuaFramingTest);
  CPPUNIT_TEST(slip_keeps_the_contract);
  CPPUNIT_TEST(stx_etx_keeps_the_contract);
  CPPUNIT_TEST(a_length_keeps_the_contract);
  CPPUNIT_TEST(attributes_go_both_ways);
  CPPUNIT_TEST(what_is_no_message_may_be_answered);
  CPPUNIT_TEST(a_script_is_not_trusted);
  CPPUNIT_TEST(what_a_script_cannot_wrap);
  CPPUNIT_TEST(size_is_not_asked_for_ever);
  CPPUNIT_TEST(a_script_that_cannot_be_used_is_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void slip_keeps_the_contract() {
    Subject subject = example("slip.lua", "6");
    subject.samples = {{"hello\xc0"s, "hello"}, {"\xdb\xdc\xdb\xdd.\xc0"s, "\xc0\xdb."}};
    subject.samples.push_back({.wire = "\xc0"s, .body = "", .encoded = false, .control = true});
    subject.malformed = {{"a\xdb.\xc0"s, "unknown escape"}, {"1234567\xc0"s, "the message is larger than max"}};
    subject.streams = {{"one\xc0two\xdb"s, {.messages = {{"one"}}, .rest = "two\xdb"}}};
    expect_contract(subject);
  }

  void stx_etx_keeps_the_contract() {
    Subject subject = example("stx_etx.lua", "6");
    subject.samples = {{"\x02"s + "ab\x03\xc3", "ab"}, {"\x02\x03\x00"s, ""}};
    for (Sample& sample : subject.samples) sample.size_known = sample.wire.size() - 1;
    subject.malformed = {{"xy"s, "a frame begins with another byte than STX"},
                         {"\x02"s + "ab\x03\xc4", "the checksum is wrong"},
                         {"\x02"s + "1111111\x03\x57", "the message is larger than max"}};
    subject.streams = {{"\x02\x03\x00\x02two"s, {.messages = {{""}}, .rest = "\x02two"}}};
    expect_contract(subject);
  }

  void a_length_keeps_the_contract() {
    Subject subject{.type = lua_framing(), .settings = {{"max", "6"}, {"script", files_.write("length.lua", R"(
      header = 2
      function size(bytes) return 2 + (">I2"):unpack(bytes) end
      function unwrap(frame) return frame:sub(3) end
      function wrap(body) return (">s2"):pack(body) end)")}}};
    subject.samples = {{"\0\x05hello"s, "hello", {}, 2}, {"\0\0"s, "", {}, 2}};
    subject.malformed = {{"\0\x07"s + "1234567"s, "the message is larger than max"}};
    expect_contract(subject);
  }

  void attributes_go_both_ways() {
    const Codec codec = make(R"(
      function size(bytes) return bytes:find("\n") end
      function unwrap(frame)
        local kind, body = frame:match("^(%a+) (.*)\n$")
        return body, {kind = kind}
      end
      function wrap(body, attributes) return (attributes and attributes.kind or "none") .. " " .. body .. "\n" end)");
    const Decoded decoded = codec.decoder->decode("say hello\n");
    CPPUNIT_ASSERT(decoded.status == Decoded::Status::message);
    CPPUNIT_ASSERT_EQUAL("hello"s, std::string(decoded.message.body));
    CPPUNIT_ASSERT(*decoded.message.attributes == Attributes().add("kind", "say"s));
    Buffer out;
    codec.encoder->encode(*decoded.message.attributes, "a", out);
    codec.encoder->encode(kNoAttributes, "b", out);
    CPPUNIT_ASSERT_EQUAL("say a\nnone b\n"s, std::string(out.view()));
  }

  void what_is_no_message_may_be_answered() {
    const Codec codec = make(R"(
      function size(bytes) return 1 end
      function unwrap(frame) if frame == "?" then return nil, "!" end return frame end
      function wrap(body) return body end)");
    const Decoded decoded = codec.decoder->decode("?x");
    CPPUNIT_ASSERT(decoded.status == Decoded::Status::control);
    CPPUNIT_ASSERT_EQUAL("!"s, std::string(decoded.reply));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, decoded.size);
  }

  void a_script_is_not_trusted() {
    equal("test.lua:1: oops", reason("function size() error('oops') end"));
    equal("test.lua:1: the call has used up its budget, 100 ms of processor time",
          reason("function size() while true do pcall(error) end end"));
    equal("size returned -1, expected a number of bytes or nil", reason("function size() return -1 end"));
    equal("size returned 0.5, expected a number of bytes or nil", reason("function size() return 0.5 end"));
    equal("size returned x, expected a number of bytes or nil", reason("function size() return 'x' end"));
    equal("the script sees no end of a frame that is larger than max allows",
          reason("function size() return math.maxinteger end"));
    equal("unwrap returned a table, expected a string or nil",
          reason("function size() return 1 end function unwrap() return {} end"));
    equal("the message is larger than max",
          reason("function size() return 1 end function unwrap() return ('x'):rep(5000) end"));
    equal("test.lua:1: a framing has no log to print to", reason("function size() print('x') end"));
  }

  void what_a_script_cannot_wrap() {
    const auto wrap = [&](const std::string& code) { return make("function size() return 1 end " + code); };
    Buffer out;
    const Codec none = wrap("function wrap() end");
    CPPUNIT_ASSERT_THROW(none.encoder->encode(kNoAttributes, "x", out), std::length_error);
    const Codec fails = wrap("function wrap() error('oops') end");
    CPPUNIT_ASSERT_THROW(fails.encoder->encode(kNoAttributes, "x", out), std::length_error);
    const Codec grows = wrap("function wrap(body) return ('x'):rep(tonumber(body)) end");
    CPPUNIT_ASSERT_THROW(grows.encoder->encode(kNoAttributes, "3025", out), std::length_error);
    CPPUNIT_ASSERT(out.empty());
    grows.encoder->encode(kNoAttributes, "3024", out);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3024}, out.size());
    const Framing framing("lua", [&] { return wrap("function wrap() return nil, 'no such' end"); });
    TestServer server([](Registry&) {}, "echo", {}, {.framing = framing});
    TestConversation peer = server.connect();
    peer.say_bytes("x");
    CPPUNIT_ASSERT_EQUAL("no such"s, peer.close_detail());
  }

  /// A peer that sends a long frame byte by byte.
  void size_is_not_asked_for_ever() {
    const Codec codec = make("function size() end function wrap(body) return body end", "100");
    std::string bytes;
    Decoded decoded;
    do {
      bytes += 'x';
      decoded = codec.decoder->decode(bytes);
    } while (decoded.status == Decoded::Status::need_more);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2 * 100 + 1024 + 1}, bytes.size());
    const Codec large = make("function size() end function wrap(body) return body end", "100000");
    bytes.clear();
    do {
      bytes += 'x';
      decoded = large.decoder->decode(bytes);
    } while (decoded.status == Decoded::Status::need_more);
    CPPUNIT_ASSERT(bytes.size() > 10'000 && bytes.size() < 20'000);
  }

  void a_script_that_cannot_be_used_is_refused() {
    const auto refusal = [&](const std::string& script) {
      try {
        make(script);
      } catch (const OptionError& error) {
        return std::string(error.what());
      }
      return "nothing"s;
    };
    equal("test.lua:1: syntax error near 'b'", refusal("a b"));
    equal("test.lua: has no function 'size', expected size(bytes)", refusal("function wrap() end"));
    equal("test.lua: has no function 'wrap', expected wrap(body)", refusal("function size() end"));
    equal("'header' is 3025, but a frame has at most 3024 bytes (twice 'max' and 1 KiB)", refusal("header = 3025"));
    equal("'header' is 0, expected how many bytes are needed before size() is asked", refusal("header = 0"));
  }

 private:
  static void equal(const std::string& expected, const std::string& found) { CPPUNIT_ASSERT_EQUAL(expected, found); }

  static Subject example(const std::string& file, const std::string& max) {
    return {.type = lua_framing(), .settings = {{"max", max}, {"script", "config/examples/lua/" + file}}};
  }

  Codec make(const std::string& script, const std::string& max = "1000") {
    return make_framing([](Registry& registry) { registry.add(lua_framing()); }, "lua",
                        {{"script", files_.write("test.lua", script)}, {"max", max}})
        .make();
  }

  /// Why the bytes "abc" are malformed.
  std::string reason(const std::string& script) {
    const Codec codec = make(script + " function wrap(body) return body end");
    const Decoded decoded = codec.decoder->decode("abc");
    CPPUNIT_ASSERT(decoded.status == Decoded::Status::malformed);
    return std::string(decoded.reason);
  }

  ScriptFiles files_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(LuaFramingTest);

}  // namespace netkit::lua::test

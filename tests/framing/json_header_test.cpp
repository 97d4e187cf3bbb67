#include <cppunit/extensions/HelperMacros.h>

#include <limits>

#include "framing/builtins.h"
#include "framing/json_header.h"
#include "framing/json_object.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

std::string levels(int count, const std::string& open, const std::string& close) {
  std::string text;
  for (int i = 0; i < count; ++i) text += open;
  for (int i = 0; i < count; ++i) text += close;
  return text;
}

HeaderSize read(const std::string& text) {
  Attributes attributes;
  return read_header(text, attributes);
}

Attributes attributes_of(const std::string& text) {
  Attributes attributes;
  CPPUNIT_ASSERT_EQUAL_MESSAGE(text, ""s, read_header(text, attributes).error);
  return attributes;
}

class JsonHeaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonHeaderTest);
  CPPUNIT_TEST(a_header_is_written_as_json_dumps_does);
  CPPUNIT_TEST(text_is_escaped_as_json_dumps_does);
  CPPUNIT_TEST(bytes_that_are_not_utf_8_are_replaced);
  CPPUNIT_TEST(attributes_are_written_once_in_their_order);
  CPPUNIT_TEST(numbers_are_written_as_json_dumps_does);
  CPPUNIT_TEST(valid_headers_give_their_size);
  CPPUNIT_TEST(members_but_the_size_become_attributes);
  CPPUNIT_TEST(whole_numbers_stay_whole_as_far_as_they_can);
  CPPUNIT_TEST(objects_and_arrays_become_their_text);
  CPPUNIT_TEST(what_was_written_is_read_again);
  CPPUNIT_TEST(the_attributes_of_a_message_replace_those_before);
  CPPUNIT_TEST(a_size_that_is_no_whole_number_is_refused);
  CPPUNIT_TEST(what_is_no_object_is_refused);
  CPPUNIT_TEST(text_that_is_not_json_is_refused);
  CPPUNIT_TEST(a_name_twice_is_refused_at_any_level);
  CPPUNIT_TEST(a_name_with_a_nul_is_refused);
  CPPUNIT_TEST(more_than_sixteen_levels_are_refused);
  CPPUNIT_TEST(a_header_too_long_for_its_reader_is_not_sent);
  CPPUNIT_TEST(the_front_of_a_body_over_4_GiB_is_read_without_the_body);
  CPPUNIT_TEST(the_reader_parses_a_header_once);
  CPPUNIT_TEST(the_reader_needs_the_whole_header);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_header_is_written_as_json_dumps_does() {
    CPPUNIT_ASSERT_EQUAL(R"({"filename": null, "hash": null, "size": 5})"s, format_header({}, 5));
    Attributes header;
    header.add("filename", "a.bin").add("hash", "ab12");
    header.add("exit", std::int64_t{-1}).add("error", nullptr).add("cut", true).add("done", false).add("note", "x"s);
    CPPUNIT_ASSERT_EQUAL(R"({"filename": "a.bin", "hash": "ab12", "size": 18446744073709551615, )"s +
                             R"("exit": -1, "error": null, "cut": true, "done": false, "note": "x"})",
                         format_header(header, UINT64_MAX));
  }

  /// The expected text was printed by Python: json.dumps of the same string.
  void text_is_escaped_as_json_dumps_does() {
    const Attributes header = Attributes().add("filename", "\"\\/\b\f\n\r\t\x01\x1f\x7f\0 ~\u00e9\u20ac\U0001f600"s);
    CPPUNIT_ASSERT_EQUAL(
        R"({"filename": "\"\\/\b\f\n\r\t\u0001\u001f\u007f\u0000 ~\u00e9\u20ac\ud83d\ude00", "hash": null, "size": 0})"s,
        format_header(header, 0));
  }

  void bytes_that_are_not_utf_8_are_replaced() {
    Attributes header;
    header
        .add("filename",
             "a\xff"
             "b")
        .add("hash", "\xc0\xae");
    header.add("\x80", "\xed\xa0\x80 end"s);
    const std::string text = format_header(header, 0);
    CPPUNIT_ASSERT(text.starts_with(R"({"filename": "a\ufffdb", "hash": "\ufffd)"));
    CPPUNIT_ASSERT(text.find(R"("\ufffd": "\ufffd)") != text.npos);
    CPPUNIT_ASSERT_EQUAL(""s, read(text).error);
  }

  void attributes_are_written_once_in_their_order() {
    Attributes header;
    header.add("b", 1)
        .add("size", 9)
        .add("hash", nullptr)
        .add("a", "x")
        .add("b", 2)
        .add("filename", true)
        .add("hash", 3);
    CPPUNIT_ASSERT_EQUAL(R"({"filename": true, "hash": null, "size": 5, "b": 1, "a": "x"})"s, format_header(header, 5));
  }

  /// The expected text was printed by Python: json.dumps of the same numbers, but for the last two.
  void numbers_are_written_as_json_dumps_does() {
    Attributes header;
    for (const double number : {0.0, -0.0, 1.0, 0.1, -2.5, 1e-5, 123456.789, 1e22, 5e-324, 1.7976931348623157e308}) {
      header.add("n" + std::to_string(header.size()), number);
    }
    header.add("inf", std::numeric_limits<double>::infinity()).add("nan", std::numeric_limits<double>::quiet_NaN());
    CPPUNIT_ASSERT_EQUAL(
        R"({"filename": null, "hash": null, "size": 0, "n0": 0.0, "n1": -0.0, "n2": 1.0, "n3": 0.1, )"s +
            R"("n4": -2.5, "n5": 1e-05, "n6": 123456.789, "n7": 1e+22, "n8": 5e-324, )" +
            R"("n9": 1.7976931348623157e+308, "inf": null, "nan": null})",
        format_header(header, 0));
  }

  void members_but_the_size_become_attributes() {
    const Attributes attributes =
        attributes_of(R"({"filename":"a\u0000\u00e9","z":null,"size":3,"t":true,"f":false,"i":-7,"d":-0.5,"e":""})");
    CPPUNIT_ASSERT(attributes == Attributes()
                                     .add("filename", "a\0\u00e9"s)
                                     .add("z", nullptr)
                                     .add("t", true)
                                     .add("f", false)
                                     .add("i", std::int64_t{-7})
                                     .add("d", -0.5)
                                     .add("e", ""));
    CPPUNIT_ASSERT(attributes_of(R"({"size":3})").empty());
  }

  void whole_numbers_stay_whole_as_far_as_they_can() {
    const Attributes attributes = attributes_of(
        R"({"size":3,"a":9223372036854775807,"b":-9223372036854775808,"c":9223372036854775808,"d":1.0,"e":1e2})");
    CPPUNIT_ASSERT(attributes == Attributes()
                                     .add("a", INT64_MAX)
                                     .add("b", INT64_MIN)
                                     .add("c", 9223372036854775808.0)
                                     .add("d", 1.0)
                                     .add("e", 100.0));
  }

  void objects_and_arrays_become_their_text() {
    const Attributes attributes = attributes_of(
        R"({"o": { "a" : [ 1 , -2, 1.50 , "x\"\u00e9[" , null ] , "b" : {}, "size": [] } , "size": 3, "l": [ [ ] , [true,false] ]})");
    CPPUNIT_ASSERT_EQUAL(2UL, attributes.size());
    CPPUNIT_ASSERT_EQUAL("{\"a\":[1,-2,1.50,\"x\\\"\u00e9[\",null],\"b\":{},\"size\":[]}"s, *attributes.text("o"));
    CPPUNIT_ASSERT_EQUAL("[[],[true,false]]"s, *attributes.text("l"));
  }

  void what_was_written_is_read_again() {
    const Attributes written = Attributes()
                                   .add("filename", "f")
                                   .add("hash", nullptr)
                                   .add("exit", std::int64_t{-1})
                                   .add("took", 0.25)
                                   .add("cut", true);
    CPPUNIT_ASSERT(attributes_of(format_header(written, 7)) == written);
  }

  void the_attributes_of_a_message_replace_those_before() {
    const auto decoder = builtin("json-header", {{"bytes", "1"}}).decoder();
    CPPUNIT_ASSERT(decoder->decode("\x10{\"a\":1,\"size\":0}").message.attribute("a") != nullptr);
    const Message second = decoder->decode("\x10{\"b\":1,\"size\":0}").message;
    CPPUNIT_ASSERT(second.attribute("a") == nullptr && second.attribute("b") != nullptr);
  }

  void valid_headers_give_their_size() {
    const auto size_of = [](const std::string& text) {
      const HeaderSize header = read(text);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, ""s, header.error);
      return header.body;
    };
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, size_of(R"({"size":0})"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, size_of(" \t\r\n{ \"size\" : 5 }\n "));
    CPPUNIT_ASSERT_EQUAL(UINT64_MAX, size_of(R"({"size":18446744073709551615})"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7},
                         size_of(R"({"a":{"size":9,"b":[{"size":1}]},"size":7,"z":[1,-1,1.5,null]})"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, size_of(R"({"size":7,"a":[9],"b":{"size":null}})"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, size_of("{\"size\":3,\"\u00e9\":\"\\ud83d\\ude00\\u0000\"}"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, size_of(R"({"\u0073ize":3})"));
  }

  void a_size_that_is_no_whole_number_is_refused() {
    for (const char* value : {"\"12\"", "true", "null", "3.9", "5.0", "5e0", "-1", "-0", "18446744073709551616", "[5]",
                              "{\"size\":5}", "[]"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(value, "header's size is not a whole number from 0 to 2^64-1"s,
                                   read("{\"size\":"s + value + "}").error);
    }
    CPPUNIT_ASSERT_EQUAL("header has no size"s, read("{}").error);
    CPPUNIT_ASSERT_EQUAL("header has no size"s, read(R"({"Size":5,"a":{"size":5}})").error);
    CPPUNIT_ASSERT_EQUAL("header has no size"s, read(R"({"a":[5]})").error);
  }

  void what_is_no_object_is_refused() {
    for (const char* text : {"", " ", "5", "null", "\"size\"", "[{\"size\":5}]", "\xef\xbb\xbf{\"size\":5}"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, "header is not a JSON object"s, read(text).error);
    }
  }

  void text_that_is_not_json_is_refused() {
    const std::vector<std::string> texts = {"{",
                                            "{\"size\":5",
                                            "{\"size\":5,}",
                                            "{\"size\":05}",
                                            "{\"size\":+5}",
                                            "{\"size\":0x5}",
                                            "{\"size\" 5}",
                                            "{'size':5}",
                                            "{size:5}",
                                            "{\"size\":5}}",
                                            "{\"size\":5} x",
                                            "{\"size\":5}{\"size\":5}",
                                            "{\"size\":5}\0"s,
                                            "{\"size\":5}\0garbage"s,
                                            "{\"size\":5,\"a\":\"\0\"}"s,
                                            "{\"size\":5,\"a\":NaN}",
                                            "{\"size\":1e400}",
                                            "{\"size\":5,\"a\":-1e999}",
                                            "{\"size\":5,\"a\":\"\xff\"}",
                                            "{\"size\":5,\"a\":\"\xc0\xae\"}",
                                            "{\"size\":5,\"a\":\"\xed\xa0\x80\"}",
                                            "{\"size\":5,\"a\":\"\\ud800\"}",
                                            "{\"size\":5,\"a\":\"\\udc00\\ud800\"}",
                                            "{\"size\":5,\"a\":\"\n\"}",
                                            "{\"size\":5/*c*/}",
                                            "{\"size\":5,\"\xff\":1}",
                                            "{\"size\":5,\"a\":tru}"};
    for (const std::string& text : texts) {
      const std::string error = read(text).error;
      CPPUNIT_ASSERT_MESSAGE(text, error.starts_with("header is not valid JSON at byte "));
    }
    CPPUNIT_ASSERT_EQUAL("header is not valid JSON at byte 9"s, read(R"({"size":x})").error);
  }

  void a_name_twice_is_refused_at_any_level() {
    CPPUNIT_ASSERT_EQUAL("header has the name 'size' twice"s, read(R"({"size":5,"size":5})").error);
    CPPUNIT_ASSERT_EQUAL("header has the name 'a' twice"s, read(R"({"size":5,"a":1,"\u0061":1})").error);
    CPPUNIT_ASSERT_EQUAL("header has the name 'b' twice"s, read(R"({"size":5,"a":[{"b":1,"c":{},"b":2}]})").error);
    CPPUNIT_ASSERT_EQUAL(""s, read(R"({"size":5,"a":{"b":1},"b":{"a":1}})").error);
  }

  void a_name_with_a_nul_is_refused() {
    CPPUNIT_ASSERT_EQUAL("header has a NUL in a name"s, read(R"({"size\u0000x":5})").error);
    CPPUNIT_ASSERT_EQUAL("header has a NUL in a name"s, read(R"({"size":5,"a":{"\u0000":1}})").error);
  }

  void more_than_sixteen_levels_are_refused() {
    const std::string too_deep = "header is nested deeper than 16 levels";
    CPPUNIT_ASSERT_EQUAL(""s, read("{\"size\":5,\"a\":" + levels(15, "[", "]") + "}").error);
    CPPUNIT_ASSERT_EQUAL(too_deep, read("{\"size\":5,\"a\":" + levels(16, "[", "]") + "}").error);
    CPPUNIT_ASSERT_EQUAL(too_deep, read("{\"a\":" + levels(1000000, "[", "")).error);
    CPPUNIT_ASSERT_EQUAL(too_deep, read(levels(17, "{\"a\":", "}")).error);
  }

  void a_header_too_long_for_its_reader_is_not_sent() {
    const Attributes header = Attributes().add("filename", std::string(500, 'f'));
    CPPUNIT_ASSERT_EQUAL("header of 541 bytes, at most 255 are allowed"s,
                         builtin("json-header", {{"bytes", "1"}}).refusal(5, header));
    CPPUNIT_ASSERT_EQUAL("header of 541 bytes, at most 540 are allowed"s,
                         builtin("json-header", {{"max_header", "540"}}).refusal(5, header));
    CPPUNIT_ASSERT_EQUAL(""s, builtin("json-header", {{"max_header", "541"}}).refusal(5, header));
  }

  void the_front_of_a_body_over_4_GiB_is_read_without_the_body() {
    const TestedFraming framing = builtin("json-header");
    const std::uint64_t size = (std::uint64_t{5} << 30) + 1;
    Buffer out;
    framing.encoder()->begin({}, size, out);
    const std::size_t front_size = out.size();
    out.append("first bytes");

    JsonHeaderReader reader(framing.options());
    const JsonHeaderReader::Front front = reader.read(out.view());
    CPPUNIT_ASSERT(front.status == Decoded::Status::message);
    CPPUNIT_ASSERT_EQUAL(size, front.body);
    CPPUNIT_ASSERT_EQUAL(front_size, front.size);
    CPPUNIT_ASSERT_EQUAL(R"({"filename": null, "hash": null, "size": 5368709121})"s, std::string(front.header));
  }

  void the_reader_parses_a_header_once() {
    JsonHeaderReader reader(builtin("json-header").options());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, reader.read("\0\0\0\x0a{\"size\":5}"s).body);
    const std::string altered = "\0\0\0\x0a{\"size\":6}"s;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, reader.read(altered).body);
    reader.next();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{6}, reader.read(altered).body);
  }

  void the_reader_needs_the_whole_header() {
    const std::string wire = "\0\0\0\x0a{\"size\":5}"s;
    JsonHeaderReader reader(builtin("json-header").options());
    for (std::size_t size = 0; size < wire.size(); ++size) {
      CPPUNIT_ASSERT(reader.read(std::string_view(wire).substr(0, size)).status == Decoded::Status::need_more);
    }
    CPPUNIT_ASSERT(reader.read(wire).status == Decoded::Status::message);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonHeaderTest);

}  // namespace
}  // namespace netkit::testing

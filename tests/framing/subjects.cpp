#include "framing/subjects.h"

#include <algorithm>

#include "framing/builtins.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

Subject length(Settings settings, std::vector<Sample> samples, std::vector<Malformed> malformed = {}) {
  const bool in_body =
      std::any_of(settings.begin(), settings.end(), [](const auto& one) { return one.first == "strip"; });
  return {.type = builtin_type("length"),
          .settings = std::move(settings),
          .samples = std::move(samples),
          .malformed = std::move(malformed),
          .end_reads_body = in_body};
}

const std::string kHello = "HELLO, WORLD";  // the body in Netty's documentation

/// The seven layouts that Netty documents for LengthFieldBasedFrameDecoder, in its order.
std::vector<Subject> netty_layouts() {
  return {
      length({{"bytes", "2"}, {"strip", "0"}}, {{"\0\x0c"s + kHello, "\0\x0c"s + kHello, {}, 2}}),
      length({{"bytes", "2"}}, {{"\0\x0c"s + kHello, kHello, {}, 2}}),
      length({{"bytes", "2"}, {"adjust", "-2"}, {"strip", "0"}},
             {{"\0\x0e"s + kHello, "\0\x0e"s + kHello, {}, 2}, {"\0\x02"s, "\0\x02"s, {}, 2}},
             {{"\0\x01"s, "length field 1 makes a frame of 1 bytes, less than the 2 it begins with"}}),
      length({{"bytes", "3"}, {"offset", "2"}, {"strip", "0"}},
             {{"\xca\xfe\0\0\x0c"s + kHello, "\xca\xfe\0\0\x0c"s + kHello, {}, 5}}),
      length({{"bytes", "3"}, {"adjust", "2"}, {"strip", "0"}},
             {{"\0\0\x0c\xca\xfe"s + kHello, "\0\0\x0c\xca\xfe"s + kHello, {}, 3}}),
      length({{"bytes", "2"}, {"offset", "1"}, {"adjust", "1"}, {"strip", "3"}},
             {{"\xca\0\x0c\xfe"s + kHello, "\xfe"s + kHello, {}, 3, false},
              {"\0\0\x0c\xfe"s + kHello, "\xfe"s + kHello, {}, 3}}),
      length({{"bytes", "2"}, {"offset", "1"}, {"adjust", "-3"}, {"strip", "3"}},
             {{"\xca\0\x10\xfe"s + kHello, "\xfe"s + kHello, {}, 3, false},
              {"\0\0\x10\xfe"s + kHello, "\xfe"s + kHello, {}, 3}},
             {{"\0\0\x02"s, "length field 2 makes a frame of 2 bytes, less than the 3 it begins with"}}),
  };
}

std::vector<Subject> other_layouts() {
  return {
      length({{"max", "16"}}, {{"\0\0\0\x05hello"s, "hello", {}, 4}, {"\0\0\0\0"s, "", {}, 4}},
             {{"\0\0\0\x11"s, "length field 17 makes a message of more than the 16 bytes allowed"},
              {"\xff\xff\xff\xff"s, "length field 4294967295 makes a message of more than the 16 bytes allowed"},
              {"GET "s, "length field 1195725856 makes a message of more than the 16 bytes allowed"}}),
      // Python's struct.pack('i', n)
      length({{"endian", "little"}, {"signed", "true"}},
             {{"\x05\0\0\0hello"s, "hello", {}, 4}, {"\0\0\0\0"s, "", {}, 4}},
             {{"\xff\xff\xff\xff"s, "negative length -1"}, {"\0\0\0\x80"s, "negative length -2147483648"}}),
      length({{"bytes", "1"}}, {{"\x01!"s, "!", {}, 1}, {"\0"s, "", {}, 1}}),
      length({{"bytes", "1"}, {"signed", "true"}}, {{"\x02ok"s, "ok", {}, 1}}, {{"\x80"s, "negative length -128"}}),
      length({{"bytes", "3"}, {"endian", "little"}}, {{"\x02\0\0ok"s, "ok", {}, 3}}),
      length({{"bytes", "5"}}, {{"\0\0\0\0\x02ok"s, "ok", {}, 5}}),
      length({{"bytes", "8"}}, {{"\0\0\0\0\0\0\0\x02ok"s, "ok", {}, 8}},
             {{"\xff\xff\xff\xff\xff\xff\xff\xff"s,
               "length field 18446744073709551615 makes a message of more than the 1048576 bytes allowed"}}),
      length({{"bytes", "8"}, {"endian", "little"}, {"signed", "true"}}, {{"\x02\0\0\0\0\0\0\0ok"s, "ok", {}, 8}},
             {{"\xfe\xff\xff\xff\xff\xff\xff\xff"s, "negative length -2"}}),
      // the field counts itself, as in Workerman's frame
      length({{"includes_header", "true"}}, {{"\0\0\0\x09hello"s, "hello", {}, 4}, {"\0\0\0\x04"s, "", {}, 4}},
             {{"\0\0\0\x03"s, "length field 3 makes a frame of 3 bytes, less than the 4 it begins with"},
              {"\0\0\0\0"s, "length field 0 makes a frame of 0 bytes, less than the 4 it begins with"}}),
      // strip beyond the header: four bytes of the body are dropped
      length({{"bytes", "2"}, {"strip", "6"}}, {{"\0\x09\0\0\0\0hello"s, "hello", {}, 2}},
             {{"\0\x03"s, "length field 3 makes a frame of 5 bytes, less than the 6 it begins with"}}),
      // strip inside the field: its second half is part of the message
      length({{"bytes", "4"}, {"strip", "2"}}, {{"\0\0\0\x05hello"s, "\0\x05hello"s, {}, 4}}),
      // likewise, the stripped part as long as the field but before it
      length({{"bytes", "2"}, {"offset", "1"}, {"strip", "2"}}, {{"\0\0\x05hello"s, "\x05hello", {}, 3}}),
      // an adjust that would make a large unsigned field wrap round to a small frame
      length({{"bytes", "8"}, {"adjust", "100"}},
             {{"\0\0\0\0\0\0\0\x01"s + std::string(101, 'x'), std::string(101, 'x'), {}, 8}},
             {{"\xff\xff\xff\xff\xff\xff\xff\xc0"s,
               "length field 18446744073709551552 makes a message of more than the 1048576 bytes allowed"}}),
  };
}

Sample json(const std::string& header, const std::string& body, const Attributes& attributes, bool encoded = false) {
  const std::string prefix = "\0\0\0"s + static_cast<char>(header.size());
  return {prefix + header + body, body, attributes, prefix.size() + header.size(), encoded};
}

std::vector<Subject> json_headers() {
  const FramingType& type = builtin_type("json-header");
  const std::string hello = R"({"filename": null, "hash": null, "size": 5})";
  const std::string sized = R"({"filename": null, "hash": null, "size": 17})";
  const std::string typed =
      R"({"n":-1,"size":2,"big":18446744073709551615,"f":0.5,"t":true,"s":"\u00e9","o":{"a": [1, {}]}})";
  const Attributes plain = Attributes().add("filename", nullptr).add("hash", nullptr);
  const Attributes all = Attributes()
                             .add("n", std::int64_t{-1})
                             .add("big", 18446744073709551615.0)
                             .add("f", 0.5)
                             .add("t", true)
                             .add("s", "\u00e9")
                             .add("o", R"({"a":[1,{}]})");
  return {
      {type,
       {{"max", "16"}},
       {json(hello, "hello", plain, true), json(R"({"size":0})", "", {}), json(typed, "hi", all)},
       {{"\0\0\x40\x01"s, "header of 16385 bytes, at most 16384 are allowed"},
        {"\0\0\0\0"s, "header is not a JSON object"},
        {"\0\0\0\x2c"s + sized, "body of 17 bytes, at most 16 are allowed"}}},
      // Python's struct.pack('i', len(header))
      {type,
       {{"endian", "little"}},
       {{"\x2b\0\0\0"s + hello + "hello", "hello", plain, 47}},
       {{"\xff\xff\xff\xff"s, "header of 4294967295 bytes, at most 16384 are allowed"}}},
      {type,
       {{"bytes", "1"}, {"max_header", "45"}},
       {{"\x2b"s + hello + "hello", "hello", plain, 44}},
       {{"\x2e"s, "header of 46 bytes, at most 45 are allowed"}}},
  };
}

std::vector<Subject> scanning() {
  const std::string long_line = "line of more than the 4 bytes allowed";
  const std::string no_end = "no delimiter within the 4 bytes a message may have";
  std::vector<Subject> all = {
      {builtin_type("line"), {}, {{"hello\n", "hello"}, {"\n", ""}, {"\r\n", "", {}, 0, false}}},
      {builtin_type("line"),
       {{"max", "4"}},
       {{"four\n", "four"}, {"four\r\n", "four", {}, 0, false}},
       {{"fiver\n", long_line}, {"123456", long_line}, {"1234\r6", long_line}}},
      {builtin_type("delimiter"),
       {{"delimiters", ";"}, {"max", "4"}},
       {{"four;", "four"}, {";", ""}},
       {{"12345", no_end}}},
      {builtin_type("delimiter"),
       {{"delimiters", ";"}, {"max", "4"}, {"keep", "true"}},
       {{"two;", "two;"}, {";", ";"}},
       {{"1234", no_end}}},
      {builtin_type("delimiter"),
       {{"delimiters", "\\r\\n, \\n, \\0"}, {"max", "4"}},
       {{"four\r\n", "four"}, {"four\n", "four", {}, 0, false}, {"\0"s, "", {}, 0, false}, {"\r\r\n", "\r"}},
       {{"12345\n", no_end}, {"123456", no_end}}},
      {builtin_type("delimiter"), {{"delimiters", "--END--"}}, {{"--EN--END--", "--EN"}, {"--END--", ""}}},
      {builtin_type("delimiter"),
       {{"delimiters", "\\xff\\xfe, aab"}},
       {{"a\xff\xff\xfe", "a\xff"}, {"aaab", "a", {}, 0, false}}},
  };
  for (Subject& subject : all) {
    subject.end_reads_body = true;
    const bool kept = std::count(subject.settings.begin(), subject.settings.end(), std::pair("keep"s, "true"s)) > 0;
    if (kept) subject.ending = ";";
  }
  return all;
}

std::vector<Subject> the_rest() {
  const std::string too_wide = "length is a varint of more than 64 bits";
  return {
      {builtin_type("netstring"),
       {{"max", "16"}},
       {{"5:hello,", "hello", {}, 2}, {"0:,", "", {}, 2}, {"12:hello world!,", "hello world!", {}, 3}},
       {{"17", "length is more than the 16 bytes allowed"},
        {"00", "length with a leading zero"},
        {"05", "length with a leading zero"},
        {":", "byte 0x3a where the length was expected"},
        {"-", "byte 0x2d where the length was expected"},
        {"+", "byte 0x2b where the length was expected"},
        {" ", "byte 0x20 where the length was expected"},
        {"1\n", "byte 0x0a where the length was expected"},
        {"1:a;", "byte 0x3b where the comma behind the body was expected"}}},
      {builtin_type("netstring"),
       {{"max", "99"}},
       {{"99:" + std::string(99, 'n') + ",", std::string(99, 'n'), {}, 3}},
       {{"100", "length is more than the 99 bytes allowed"}}},
      {.type = builtin_type("fixed"),
       .settings = {{"size", "3"}},
       .samples = {{"abc", "abc", {}, 1}, {"\0\n;"s, "\0\n;"s, {}, 1}},
       .only_size = 3,
       .has_limit = false},
      {builtin_type("varint"),
       {{"max", "300"}},
       {{"\x05hello", "hello", {}, 1},
        {"\0"s, "", {}, 1},
        {"\xac\x02" + std::string(300, 'v'), std::string(300, 'v'), {}, 2},
        {"\x85\0hello"s, "hello", {}, 2, false}},
       {{"\xad\x02", "length is more than the 300 bytes allowed"},
        {"\x80\x80\x04", "length is more than the 300 bytes allowed"},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", too_wide},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", too_wide},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "length is more than the 300 bytes allowed"}}},
      {.type = builtin_type("raw"),
       .settings = {},
       .samples = {{"hello", "hello"}},
       .delimits = false,
       .has_limit = false},
      {.type = builtin_type("raw"),
       .settings = {{"read", "4"}},
       .samples = {{"four", "four"}},
       .delimits = false,
       .has_limit = false},
      {.type = builtin_type("datagram"),
       .settings = {{"max", "16"}},
       .samples = {{"hello", "hello"}, {"", ""}},
       .malformed = {{std::string(17, 'd'), "datagram of 17 bytes, at most 16 are allowed"}},
       .delimits = false},
  };
}

std::vector<Subject> http() {
  const auto request = [](const std::string& method, const std::string& path) {
    return Attributes().add(":method", method).add(":path", path).add("host", "localhost");
  };
  const std::string hello = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello";
  const std::string asked = "\r\nPUT /a?b=c HTTP/1.1\r\nHost: x:1\r\nContent-Length:2\r\nX-Y: \t1, 2 \r\n\r\nhi";
  return {
      {.type = builtin_type("http"),
       .settings = {{"max", "16"}},
       .samples = {{hello, "hello", request("POST", "/"), hello.size() - 5},
                   {"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", "", request("GET", "/")},
                   {asked, "hi",
                    Attributes().add(":method", "PUT").add(":path", "/a?b=c").add("host", "x:1").add("x-y", "1, 2"),
                    asked.size() - 2, false}},
       .malformed =
           {{"GET / HTTP/1.1\r\n\r\n", "one host expected"},
            {"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "one host expected"},
            {"GET /\r\n\r\n", "no HTTP request line"},
            {"GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", "no HTTP request line"},
            {"GET / HTTP/2.0\r\nhost: a\r\n\r\n", "HTTP/1.0 or HTTP/1.1 expected"},
            {"GET / HTTP/1.1\r\nhost : a\r\n\r\n", "no HTTP header field"},
            {"GET / HTTP/1.1\r\nhost: a\r\n b\r\n\r\n", "no HTTP header field"},
            {"GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n", "a control character in a header field"},
            {"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\n", "content-length is no number"},
            {"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "two lengths that differ"},
            {"GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", "transfer codings are not supported"},
            {"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 17\r\n\r\n", "body of more than the 16 bytes allowed"}},
       .streams = {{"HTTP/1.0 200 OK\r\n\r\nto the end",
                    {.messages = {{"to the end", Attributes().add(":status", std::int64_t{200})}}, .last = true}}}},
      {.type = builtin_type("http"),
       .settings = {{"max_head", "64"}},
       .samples = {{hello, "hello", request("POST", "/"), hello.size() - 5}},
       .malformed = {{"GET /" + std::string(60, 'x'), "head of more than the 64 bytes allowed"}}}};
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = [] {
    std::vector<Subject> list;
    for (const auto& part :
         {netty_layouts(), other_layouts(), json_headers(), scanning(), the_rest(), http(), example_subjects()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    return list;
  }();
  return all;
}

}  // namespace netkit::testing

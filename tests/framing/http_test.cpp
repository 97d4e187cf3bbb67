#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

#include "framing/builtins.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

const std::string kGet = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Server's end of one connection.
class Server {
 public:
  Decoded read(std::string_view bytes) { return codec_.decoder->decode(bytes); }
  std::string answer(std::string_view body, const Attributes& attributes = {}) {
    Buffer out;
    codec_.encoder->encode(attributes, body, out);
    return std::string(out.view());
  }
  std::string end_call() {
    Buffer out;
    codec_.encoder->end_call(out);
    return std::string(out.view());
  }
  Codec& codec() { return codec_; }

 private:
  Codec codec_ = builtin("http").codec();
};

Attributes status(std::int64_t code) { return Attributes().add(":status", code); }

/// What depends on both directions; subjects.cpp has the bytes of one.
class HttpTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpTest);
  CPPUNIT_TEST(a_request_is_answered_with_status_fields_and_length);
  CPPUNIT_TEST(a_connection_that_is_to_close_says_so_and_is_the_last);
  CPPUNIT_TEST(http_1_0_closes_unless_it_asks_not_to);
  CPPUNIT_TEST(head_is_answered_without_a_body_also_where_that_is_streamed);
  CPPUNIT_TEST(a_call_without_an_answer_is_answered_with_204);
  CPPUNIT_TEST(a_request_has_one_response_and_nothing_comes_unasked);
  CPPUNIT_TEST(pipelined_requests_are_answered_each_in_its_own_way);
  CPPUNIT_TEST(what_would_split_a_response_is_refused);
  CPPUNIT_TEST(a_malformed_request_is_told_why);
  CPPUNIT_TEST(who_waits_for_100_continue_gets_it);
  CPPUNIT_TEST(a_client_reads_what_a_server_writes);
  CPPUNIT_TEST(the_response_to_head_has_no_body);
  CPPUNIT_TEST(informational_responses_are_skipped);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_request_is_answered_with_status_fields_and_length() {
    Server server;
    server.read(kGet);
    CPPUNIT_ASSERT_EQUAL(
        "HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\nage: 5\r\ncontent-length: 4\r\n\r\ngone"s,
        server.answer("gone", status(404)
                                  .add("Content-Type", "text/plain")
                                  .add("age", std::int64_t{5})
                                  .add("filename", nullptr)
                                  .add("content-length", "99")));
    CPPUNIT_ASSERT_EQUAL(""s, server.end_call());
  }

  void a_connection_that_is_to_close_says_so_and_is_the_last() {
    Server server;
    CPPUNIT_ASSERT(server.read("GET / HTTP/1.1\r\nhost: a\r\nConnection: x, Close\r\n\r\n").last);
    CPPUNIT_ASSERT_EQUAL("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"s, server.answer("hi"));
  }

  void http_1_0_closes_unless_it_asks_not_to() {
    CPPUNIT_ASSERT(Server().read("GET / HTTP/1.0\r\n\r\n").last);
    CPPUNIT_ASSERT(!Server().read("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").last);
  }

  void head_is_answered_without_a_body_also_where_that_is_streamed() {
    Server server;
    server.read("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"s, server.answer("hello"));
    Buffer out;
    const auto body = server.codec().encoder->body_encoder();
    body->transform("hello", out);
    body->end(out);
    CPPUNIT_ASSERT(out.empty());
  }

  void a_call_without_an_answer_is_answered_with_204() {
    Server server;
    server.read(kGet);
    CPPUNIT_ASSERT_EQUAL("HTTP/1.1 204 No Content\r\n\r\n"s, server.end_call());
    CPPUNIT_ASSERT_EQUAL(""s, server.end_call());
  }

  void a_request_has_one_response_and_nothing_comes_unasked() {
    Server server;
    server.read(kGet);
    server.answer("one");
    CPPUNIT_ASSERT_THROW(server.answer("two"), std::length_error);
    server.end_call();
    CPPUNIT_ASSERT_THROW(server.answer("three"), std::length_error);
  }

  void pipelined_requests_are_answered_each_in_its_own_way() {
    Server server;
    server.read("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
    server.read(kGet);
    CPPUNIT_ASSERT(server.answer("one").ends_with("\r\n\r\n"));
    server.end_call();
    CPPUNIT_ASSERT(server.answer("two").ends_with("\r\n\r\ntwo"));
  }

  void what_would_split_a_response_is_refused() {
    Server server;
    server.read(kGet);
    CPPUNIT_ASSERT_THROW(server.answer("", Attributes().add("location", "/\r\nset-cookie: x")), std::length_error);
    CPPUNIT_ASSERT_THROW(server.answer("", Attributes().add("a b", "c")), std::length_error);
    CPPUNIT_ASSERT_THROW(server.answer("", status(99)), std::length_error);
    CPPUNIT_ASSERT_THROW(server.answer("body", status(204)), std::length_error);
    CPPUNIT_ASSERT(server.answer("whole").starts_with("HTTP/1.1 200 OK\r\ncontent-length: 5"));
  }

  void a_malformed_request_is_told_why() {
    Server server;
    const Decoded decoded = server.read("GET / HTTP/1.1\r\n\r\n");
    CPPUNIT_ASSERT(decoded.status == Decoded::Status::malformed);
    CPPUNIT_ASSERT_EQUAL(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n"
        "content-length: 18\r\n\r\none host expected\n"s,
        std::string(decoded.reply));
  }

  void who_waits_for_100_continue_gets_it() {
    Server server;
    const std::string head = "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n";
    const Decoded first = server.read(head);
    CPPUNIT_ASSERT(first.status == Decoded::Status::control);
    CPPUNIT_ASSERT_EQUAL(head.size(), first.size);
    CPPUNIT_ASSERT_EQUAL("HTTP/1.1 100 Continue\r\n\r\n"s, std::string(first.reply));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, server.read("h").size);
    const Decoded second = server.read("hi");
    CPPUNIT_ASSERT_EQUAL("hi"s, std::string(second.message.body));
    CPPUNIT_ASSERT_EQUAL("POST"s, *second.message.attributes->text(":method"));
  }

  void a_client_reads_what_a_server_writes() {
    Codec client = builtin("http").codec();
    Buffer out;
    client.encoder->encode({}, "hello", out);
    Server server;
    CPPUNIT_ASSERT_EQUAL("hello"s, std::string(server.read(out.view()).message.body));
    const std::string response = server.answer("hi", status(202));
    const Decoded decoded = client.decoder->decode(response);
    CPPUNIT_ASSERT_EQUAL("hi"s, std::string(decoded.message.body));
    CPPUNIT_ASSERT(*decoded.message.attributes->find(":status") == AttributeValue(std::int64_t{202}));
  }

  void the_response_to_head_has_no_body() {
    Codec client = builtin("http").codec();
    Buffer out;
    client.encoder->encode(Attributes().add(":method", "HEAD"), "", out);
    const std::string response = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    const Decoded decoded = client.decoder->decode(response);
    CPPUNIT_ASSERT(decoded.status == Decoded::Status::message);
    CPPUNIT_ASSERT_EQUAL(response.size(), decoded.size);
  }

  void informational_responses_are_skipped() {
    const std::string wire = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    const auto decoder = builtin("http").decoder();
    const Decoding decoding = decode_pieces(*decoder, {wire});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, decoding.messages.size());
    CPPUNIT_ASSERT_EQUAL("ok"s, decoding.messages.front().body);
    CPPUNIT_ASSERT_EQUAL(""s, decoding.replies);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/extensions/HelperMacros.h>

#include "admin/guard.h"

namespace netkit::testing {
namespace {

AdminRequest asked(const std::string& method, const std::string& host) {
  return {.method = method, .path = "/", .host = host};
}

int status(const AdminGuard& guard, const AdminRequest& request) {
  const std::optional<AdminRefusal> refusal = guard.refusal(request);
  return refusal ? refusal->status : 200;
}

class GuardTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GuardTest);
  CPPUNIT_TEST(numeric_addresses_localhost_and_listed_names_are_known);
  CPPUNIT_TEST(a_rebound_name_is_refused);
  CPPUNIT_TEST(a_page_of_another_origin_is_refused);
  CPPUNIT_TEST(a_change_needs_the_token);
  CPPUNIT_TEST(without_a_token_nothing_can_be_changed);
  CPPUNIT_TEST(a_unix_socket_needs_no_token);
  CPPUNIT_TEST(a_forwarded_unix_socket_is_closed_to_foreign_pages);
  CPPUNIT_TEST_SUITE_END();

 public:
  void numeric_addresses_localhost_and_listed_names_are_known() {
    for (const char* host :
         {"127.0.0.1", "127.0.0.1:9464", "[::1]:9464", "localhost", "LOCALHOST:1", "Server.example:9"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 200, status(guard_, asked("GET", host)));
  }

  void a_rebound_name_is_refused() {
    for (const char* host :
         {"evil.example", "evil.example:9464", "127.0.0.1.evil.example", "", ":9464", "[", "localhost.evil"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 403, status(guard_, asked("GET", host)));
  }

  void a_page_of_another_origin_is_refused() {
    AdminRequest request = asked("GET", "localhost:1");
    for (const char* origin : {"http://evil.example", "null", "http://localhost:2", "localhost:1"}) {
      request.origin = origin;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(origin, 403, status(guard_, request));
    }
    request.origin = "http://localhost:1";
    CPPUNIT_ASSERT_EQUAL(200, status(guard_, request));
    request.fetch_site = "cross-site";
    CPPUNIT_ASSERT_EQUAL(403, status(guard_, request));
    request.fetch_site = "same-origin";
    CPPUNIT_ASSERT_EQUAL(200, status(guard_, request));
  }

  void a_change_needs_the_token() {
    AdminRequest request = asked("POST", "localhost");
    CPPUNIT_ASSERT_EQUAL(401, status(guard_, request));
    for (const char* token : {"", "secre", "secret2", "Secret", "xsecret"}) {
      request.token = token;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(token, 401, status(guard_, request));
    }
    request.token = "secret";
    CPPUNIT_ASSERT_EQUAL(200, status(guard_, request));
  }

  void without_a_token_nothing_can_be_changed() {
    AdminRequest request = asked("POST", "localhost");
    request.token = "";
    CPPUNIT_ASSERT_EQUAL(401, status(AdminGuard({}, std::nullopt), request));
  }

  void a_unix_socket_needs_no_token() {
    for (const char* host : {"anything", "", "localhost:9465", "127.0.0.1:9465"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 200, status(AdminGuard(), asked("POST", host)));
  }

  void a_forwarded_unix_socket_is_closed_to_foreign_pages() {
    CPPUNIT_ASSERT_EQUAL(403, status(AdminGuard(), asked("GET", "rebound.example:9465")));
    AdminRequest request = asked("POST", "localhost:9465");
    request.origin = "http://localhost:9465";
    CPPUNIT_ASSERT_EQUAL(200, status(AdminGuard(), request));
    request.origin = "http://evil.example";
    CPPUNIT_ASSERT_EQUAL(403, status(AdminGuard(), request));
  }

 private:
  const AdminGuard guard_{{"server.example"}, "secret"};
};

CPPUNIT_TEST_SUITE_REGISTRATION(GuardTest);

}  // namespace
}  // namespace netkit::testing

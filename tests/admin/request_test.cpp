#include <cppunit/extensions/HelperMacros.h>

#include "admin/request.h"

namespace netkit::testing {
namespace {

class RequestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RequestTest);
  CPPUNIT_TEST(path_and_parameters_are_taken_apart_and_decoded);
  CPPUNIT_TEST(a_malformed_escape_is_refused);
  CPPUNIT_TEST(a_bearer_token_is_found_whatever_its_case);
  CPPUNIT_TEST_SUITE_END();

 public:
  void path_and_parameters_are_taken_apart_and_decoded() {
    const auto request = read("/listeners/a%2Db/pause?x=1&y=%41%26&&z&x=2");
    CPPUNIT_ASSERT(request);
    CPPUNIT_ASSERT_EQUAL(std::string("/listeners/a-b/pause"), request->path);
    CPPUNIT_ASSERT_EQUAL(std::string("2"), request->parameter("x"));
    CPPUNIT_ASSERT_EQUAL(std::string("A&"), request->parameter("y"));
    CPPUNIT_ASSERT_EQUAL(std::string(), request->parameter("z"));
    CPPUNIT_ASSERT_EQUAL(std::string(), request->parameter("none"));
  }

  void a_malformed_escape_is_refused() {
    for (const char* target : {"/%", "/%4", "/%4g", "/%00", "/%0a", "/?a=%zz"})
      CPPUNIT_ASSERT_MESSAGE(target, !read(target));
    CPPUNIT_ASSERT(read("/%41"));
  }

  void a_bearer_token_is_found_whatever_its_case() {
    const auto token = [](const char* value) {
      const Attributes attributes = Attributes().add(":path", "/").add("authorization", value);
      return read_admin_request({.attributes = &attributes})->token.value_or("none");
    };
    CPPUNIT_ASSERT_EQUAL(std::string("abc"), token("Bearer abc"));
    CPPUNIT_ASSERT_EQUAL(std::string("abc"), token("bearer abc"));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), token("Basic abc"));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), token("Bear"));
  }

 private:
  static std::optional<AdminRequest> read(const char* target) {
    const Attributes attributes = Attributes().add(":method", "GET").add(":path", target);
    return read_admin_request({.attributes = &attributes});
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestTest);

}  // namespace
}  // namespace netkit::testing

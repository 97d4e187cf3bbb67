#include "server/ports/stale_socket.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <string>

#include "netkit/unique_fd.h"
#include "server/ports/bind_error.h"
#include "support/files.h"

namespace netkit::testing {
namespace {

class StaleSocketTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(StaleSocketTest);
  CPPUNIT_TEST(nothing_there_is_fine);
  CPPUNIT_TEST(the_socket_of_a_dead_server_is_removed);
  CPPUNIT_TEST(one_that_is_listened_on_stays);
  CPPUNIT_TEST(one_of_another_kind_stays);
  CPPUNIT_TEST(a_file_or_a_link_to_a_socket_stays);
  CPPUNIT_TEST_SUITE_END();

 public:
  void nothing_there_is_fine() { remove_stale_socket(path_); }

  void the_socket_of_a_dead_server_is_removed() {
    bind(SOCK_STREAM).reset();
    CPPUNIT_ASSERT(std::filesystem::exists(path_));
    remove_stale_socket(path_);
    CPPUNIT_ASSERT(!std::filesystem::exists(path_));
  }

  void one_that_is_listened_on_stays() {
    const UniqueFd socket = bind(SOCK_STREAM);
    CPPUNIT_ASSERT_EQUAL(0, ::listen(socket.get(), 1));
    CPPUNIT_ASSERT_EQUAL("cannot listen on unix " + path_ + ": the path is in use by another program", refusal());
  }

  void one_of_another_kind_stays() {
    const UniqueFd socket = bind(SOCK_DGRAM);
    CPPUNIT_ASSERT_EQUAL("cannot listen on unix " + path_ + ": the path is in use by another program", refusal());
  }

  void a_file_or_a_link_to_a_socket_stays() {
    const std::string expected =
        "cannot listen on unix " + path_ + ": a file that is no socket is there; it is left alone";
    test::write_file(path_, "mine");
    CPPUNIT_ASSERT_EQUAL(expected, refusal());
    std::filesystem::rename(path_, path_ + ".file");
    bind(SOCK_STREAM).reset();
    std::filesystem::rename(path_, path_ + ".socket");
    std::filesystem::create_symlink(path_ + ".socket", path_);
    CPPUNIT_ASSERT_EQUAL(expected, refusal());
    CPPUNIT_ASSERT(std::filesystem::exists(path_ + ".socket"));
  }

 private:
  UniqueFd bind(int type) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    CPPUNIT_ASSERT_EQUAL(0, ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    return socket;
  }
  /// Why it is not removed.
  std::string refusal() const {
    std::string why = "removed";
    try {
      remove_stale_socket(path_);
    } catch (const BindError& error) {
      why = error.what();
    }
    CPPUNIT_ASSERT(std::filesystem::exists(std::filesystem::symlink_status(path_)));
    return why;
  }

  const test::TemporaryFolder folder_;
  const std::string path_ = (folder_.path() / "socket").string();
};
CPPUNIT_TEST_SUITE_REGISTRATION(StaleSocketTest);

}  // namespace
}  // namespace netkit::testing

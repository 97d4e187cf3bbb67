#include "server/ports/socket_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>

#include "netkit/unique_fd.h"
#include "server/ports/bind.h"
#include "support/files.h"

namespace netkit::testing {
namespace {

using test::TemporaryFolder;
using Keeper = SocketFile::Keeper;

class SocketFileTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SocketFileTest);
  CPPUNIT_TEST(it_has_its_mode_whatever_the_umask);
  CPPUNIT_TEST(it_is_removed_with_its_socket);
  CPPUNIT_TEST(what_a_dead_server_left_is_replaced);
  CPPUNIT_TEST(what_is_in_use_is_not);
  CPPUNIT_TEST(what_is_no_socket_is_left_alone);
  CPPUNIT_TEST(one_line_says_why_not);
  CPPUNIT_TEST(another_file_of_the_name_is_not_removed);
  CPPUNIT_TEST(what_was_set_can_be_undone);
  CPPUNIT_TEST(what_cannot_be_set_changes_nothing);
  CPPUNIT_TEST(a_predecessors_file_stays_until_it_is_claimed);
  CPPUNIT_TEST(a_file_that_is_left_stays);
  CPPUNIT_TEST_SUITE_END();

 public:
  void it_has_its_mode_whatever_the_umask() {
    for (const mode_t mode : {0600U, 0666U, 0640U}) {
      for (const mode_t mask : {0077U, 0000U}) {
        const mode_t before = ::umask(mask);
        const UnixSocket bound = bind_unix(address(), access(mode));
        ::umask(before);
        CPPUNIT_ASSERT_EQUAL(mode, mode_now());
        CPPUNIT_ASSERT_EQUAL(0, connect());
        CPPUNIT_ASSERT((::fcntl(bound.socket.impl()->sockfd(), F_GETFD) & FD_CLOEXEC) != 0);
        CPPUNIT_ASSERT((::fcntl(bound.socket.impl()->sockfd(), F_GETFL) & O_NONBLOCK) != 0);
      }
    }
  }

  void it_is_removed_with_its_socket() {
    { const UnixSocket bound = bind(); }
    CPPUNIT_ASSERT(!std::filesystem::exists(path()));
    UnixSocket bound = bind();
    CPPUNIT_ASSERT_EQUAL(0, bound.file.remove());
    CPPUNIT_ASSERT(!std::filesystem::exists(path()));
    test::write_file(path(), "somebody else's");
    CPPUNIT_ASSERT_EQUAL(0, bound.file.remove());
    CPPUNIT_ASSERT(std::filesystem::exists(path()));
  }

  void what_a_dead_server_left_is_replaced() {
    leave_stale();
    CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, connect());
    const UnixSocket bound = bind();
    CPPUNIT_ASSERT_EQUAL(0, connect());
  }

  void what_is_in_use_is_not() {
    const UnixSocket bound = bind();
    CPPUNIT_ASSERT_EQUAL("cannot listen on unix " + path() + ": the path is in use by another program", refusal());
    CPPUNIT_ASSERT_EQUAL(0, connect());
  }

  void what_is_no_socket_is_left_alone() {
    const std::string expected =
        "cannot listen on unix " + path() + ": a file that is no socket is there; it is left alone";
    test::write_file(path(), "precious");
    CPPUNIT_ASSERT_EQUAL(expected, refusal());
    CPPUNIT_ASSERT_EQUAL(std::string("precious"), test::read_file(path()));
    std::filesystem::remove(path());
    std::filesystem::create_symlink("nowhere", path());
    CPPUNIT_ASSERT_EQUAL(expected, refusal());
    std::filesystem::remove(path());
    std::filesystem::create_directory(path());
    CPPUNIT_ASSERT_EQUAL(expected, refusal());
  }

  void one_line_says_why_not() {
    const std::string folder = folder_.path().string();
    const std::string start = "cannot listen on unix " + folder;
    CPPUNIT_ASSERT_EQUAL(start + "/none/a: there is no folder '" + folder + "/none'", refusal(folder + "/none/a"));
    test::write_file(folder_.path() / "file", "");
    CPPUNIT_ASSERT_EQUAL(start + "/file/a: '" + folder + "/file' is no folder", refusal(folder + "/file/a"));
    CPPUNIT_ASSERT_EQUAL(std::string("cannot listen on unix /proc/self/a: there is no folder '/proc/self'"),
                         refusal("/proc/self/a"));
  }

  void another_file_of_the_name_is_not_removed() {
    {
      const UnixSocket bound = bind();
      std::filesystem::rename(path(), path() + ".moved");
      leave_stale();
    }
    CPPUNIT_ASSERT(std::filesystem::exists(path()));
  }

  void what_was_set_can_be_undone() {
    UnixSocket bound = bind();
    bound.file.settle();
    bound.file.set(access(0666));
    bound.file.set(access(0660));
    CPPUNIT_ASSERT_EQUAL(mode_t{0660}, mode_now());
    bound.file.restore();
    CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_now());
    bound.file.set(access(0666));
    bound.file.settle();
    bound.file.restore();
    CPPUNIT_ASSERT_EQUAL(mode_t{0666}, mode_now());
  }

  void what_cannot_be_set_changes_nothing() {
    UnixSocket bound = bind();
    std::filesystem::rename(path(), path() + ".moved");
    CPPUNIT_ASSERT_THROW(bound.file.set(access(0666)), BindError);
    std::filesystem::rename(path() + ".moved", path());
    CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_now());
    if (::geteuid() == 0) return;
    CPPUNIT_ASSERT_THROW(bound.file.set({0666, 0, 0}), BindError);
    CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_now());
  }

  void a_predecessors_file_stays_until_it_is_claimed() {
    leave_stale();
    {
      SocketFile file(path(), Keeper::parent);
      file.set(access(0640));
      file.settle();
      CPPUNIT_ASSERT(!file.is_ours());
    }
    CPPUNIT_ASSERT_EQUAL(as_bound_, mode_now());  // it has not come to serve
    {
      SocketFile file(path(), Keeper::parent);
      file.set(access(0640));
      file.claim();
      file.restore();
      CPPUNIT_ASSERT_EQUAL(mode_t{0640}, mode_now());
    }
    CPPUNIT_ASSERT(!std::filesystem::exists(path()));
  }

  void a_file_that_is_left_stays() {
    {
      UnixSocket bound = bind();
      bound.file.leave();
      SocketFile moved(std::move(bound.file));
      moved.claim();
    }
    CPPUNIT_ASSERT(std::filesystem::exists(path()));
    { const SocketFile managers(path(), Keeper::other); }
    CPPUNIT_ASSERT(std::filesystem::exists(path()));
  }

 private:
  std::string path() const { return (folder_.path() / "a.sock").string(); }
  Address address() const { return {.host = {}, .path = path()}; }
  static FileAccess access(mode_t mode) { return {mode, ::geteuid(), ::getegid()}; }
  UnixSocket bind() const { return bind_unix(address(), access(0600)); }

  std::string refusal() const { return refusal(path()); }
  static std::string refusal(const std::string& at) {
    try {
      bind_unix({.host = {}, .path = at}, access(0600));
    } catch (const BindError& error) {
      return error.what();
    }
    return "none";
  }

  mode_t mode_now() const {
    struct stat found {};
    CPPUNIT_ASSERT_EQUAL(0, ::lstat(path().c_str(), &found));
    return found.st_mode & 0777;
  }

  template <class Call>
  int with_address(Call call) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    return call(socket.get(), reinterpret_cast<const sockaddr*>(&address), socklen_t{sizeof address}) == 0 ? 0 : errno;
  }
  int connect() const { return with_address(::connect); }
  void leave_stale() {
    CPPUNIT_ASSERT_EQUAL(0, with_address(::bind));
    as_bound_ = mode_now();
  }

  TemporaryFolder folder_;
  mode_t as_bound_ = 0;
};
CPPUNIT_TEST_SUITE_REGISTRATION(SocketFileTest);

}  // namespace
}  // namespace netkit::testing

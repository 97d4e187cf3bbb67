#include <fcntl.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "fixture.h"

namespace netkit::testing {
namespace {

const std::string kCanary = "CANARY: this lies outside of root";
const std::string kInside = "this lies inside";

/// Names that servers were talked out of their root with, all meant to reach `canary.txt` beside root.
std::vector<std::string> traversal_names(const std::string& canary_path) {
  std::vector<std::string> names = {"",
                                    ".",
                                    "..",
                                    "/",
                                    "//",
                                    "./",
                                    "../",
                                    "sub",
                                    "sub/",
                                    "sub/.",
                                    "ok.txt/",
                                    "./ok.txt",
                                    "sub//ok.txt",
                                    "sub/./ok.txt",
                                    "sub/../ok.txt",
                                    "/ok.txt",
                                    "~",
                                    "~root",
                                    "~/x",
                                    canary_path,
                                    "/" + canary_path,
                                    "file://" + canary_path,
                                    canary_path.substr(1),
                                    "/etc/passwd",
                                    "//etc/passwd",
                                    "/proc/self/root" + canary_path,
                                    "proc/self/root" + canary_path,
                                    "/dev/stdin",
                                    "/proc/self/environ",
                                    std::string("ok.txt\0", 7),
                                    std::string("ok.txt\0/../../canary.txt", 24),
                                    std::string("\0/../canary.txt", 15),
                                    std::string(255, 'a'),
                                    std::string(256, 'a'),
                                    std::string(4095, 'a'),
                                    std::string(5000, 'a'),
                                    std::string(100'000, '/')};
  std::string deep;
  while (deep.size() < 8000) deep += "sub/../";
  names.push_back(deep + "../canary.txt");
  const std::string ups[] = {"..",
                             ".",
                             "...",
                             "....",
                             "%2e%2e",
                             "%252e%252e",
                             ".%2e",
                             "%c0%ae%c0%ae",
                             "\xc0\xae\xc0\xae",
                             "\xe0\x80\xae\xe0\x80\xae",
                             "\uff0e\uff0e",
                             ".. ",
                             " ..",
                             "..;",
                             "..\\",
                             "\\..",
                             "\u2025",
                             std::string("..\0", 3)};
  const std::string separators[] = {"/",     "//",  "/./",      "\\",     "\\/",   "%2f",
                                    "%252f", "%5c", "\xc0\xaf", "\uff0f", "\u2215"};
  for (const std::string& up : ups) {
    for (const std::string& separator : separators) {
      for (const char* start : {"", "/", "./", "sub/", "sub/../", "ok.txt/"}) {
        std::string name = start;
        for (int depth = 1; depth <= 4; ++depth) {
          name += up + separator;
          names.push_back(name + "canary.txt");
        }
      }
    }
  }
  return names;
}

std::string hex4(unsigned char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", byte);
  return text;
}

/// As a JSON request: with `all`, every ASCII character written as an escape, else only those that have to be.
std::string as_json(const std::string& name, bool all) {
  std::string text = R"({"filename":")";
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool must = byte < 0x20 || letter == '"' || letter == '\\';
    text += must || (all && byte < 0x80) ? hex4(byte) : std::string(1, letter);
  }
  return text + "\"}";
}

/// Runs as nobody as far as files go, if the test runs as root.
class AsNobody {
 public:
  AsNobody() { ::setfsuid(65534); }
  ~AsNobody() { ::setfsuid(::geteuid()); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

}  // namespace

class FileSendJailTest : public FileSendFixture {
  CPPUNIT_TEST_SUITE(FileSendJailTest);
  CPPUNIT_TEST(no_name_leads_out_of_root);
  CPPUNIT_TEST(follows_links_that_stay_inside_only);
  CPPUNIT_TEST(no_race_with_a_swapped_link_leads_out_of_root);
  CPPUNIT_TEST(no_race_with_a_swapped_folder_leads_out_of_root);
  CPPUNIT_TEST(sends_regular_files_only_and_waits_for_none);
  CPPUNIT_TEST(says_the_same_of_missing_and_forbidden_files);
  CPPUNIT_TEST(follows_no_magic_links);
  CPPUNIT_TEST(crosses_mounts_only_if_told_to);
  CPPUNIT_TEST(root_stays_the_folder_it_was);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    std::ofstream(scratch_.folder() / "canary.txt") << kCanary;
    scratch_.write("ok.txt", kInside);
    scratch_.write("sub/ok.txt", kInside);
  }

  void no_name_leads_out_of_root() {
    const std::vector<std::string> names = traversal_names((scratch_.folder() / "canary.txt").string());
    CPPUNIT_ASSERT(names.size() > 4000);
    for (const std::string& name : names) {
      assert_not_available(ask(name));
      for (const bool all : {false, true}) {
        const Answer answer = ask(as_json(name, all));
        if (answer.attribute("error") != "bad request") assert_not_available(answer);
        CPPUNIT_ASSERT(answer.body.find("CANARY") == std::string::npos);
      }
    }
    CPPUNIT_ASSERT_EQUAL(kInside, ask(as_json("sub/ok.txt", true)).body);
  }

  void follows_links_that_stay_inside_only() {
    const fs::path root = scratch_.root();
    fs::create_symlink("ok.txt", root / "link");
    fs::create_symlink("../ok.txt", root / "sub/up");
    fs::create_symlink("sub", root / "folder");
    for (const char* name : {"link", "sub/up", "folder/ok.txt", "folder/up"}) {
      CPPUNIT_ASSERT_EQUAL(kInside, ask(name).body);
    }
    fs::create_symlink("../canary.txt", root / "out");
    fs::create_symlink("../../canary.txt", root / "sub/out");
    fs::create_symlink("..", root / "parent");
    fs::create_symlink("../root/ok.txt", root / "out-and-in");
    fs::create_symlink(root / "ok.txt", root / "absolute");
    fs::create_symlink("/", root / "slash");
    fs::create_symlink("loop", root / "loop");
    fs::create_symlink("nowhere", root / "dangling");
    for (const char* name : {"out", "sub/out", "parent/canary.txt", "out-and-in", "absolute", "slash/etc/passwd",
                             "loop", "dangling", "folder/out", "link/ok.txt"}) {
      assert_not_available(ask(name));
    }
  }

  void no_race_with_a_swapped_link_leads_out_of_root() {
    const fs::path root = scratch_.root();
    race("link", [&](bool inside) {
      fs::create_symlink(inside ? "ok.txt" : "../canary.txt", root / "new");
      fs::rename(root / "new", root / "link");
    });
  }

  void no_race_with_a_swapped_folder_leads_out_of_root() {
    const fs::path root = scratch_.root();
    fs::create_directory(scratch_.folder() / "outside");
    std::ofstream(scratch_.folder() / "outside/ok.txt") << kCanary;
    fs::create_symlink("../outside", root / "evil");
    race("sub/ok.txt", [&](bool /*inside*/) {
      ::renameat2(AT_FDCWD, (root / "evil").c_str(), AT_FDCWD, (root / "sub").c_str(), RENAME_EXCHANGE);
    });
  }

  void sends_regular_files_only_and_waits_for_none() {
    const fs::path root = scratch_.root();
    CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((root / "fifo").c_str(), 0644));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (root / "socket").string();
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CPPUNIT_ASSERT_EQUAL(0, ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    for (const char* name : {"fifo", "socket", "sub"}) assert_not_available(ask(name));
    ::close(socket);

    const auto devices = handler_over("/dev", false);
    for (const char* name : {"null", "zero", "tty", "urandom"}) assert_not_available(ask(*devices, name));
  }

  void says_the_same_of_missing_and_forbidden_files() {
    const fs::path secret = scratch_.write("secret", kCanary);
    scratch_.write("closed/f", kCanary);
    fs::permissions(secret, fs::perms(::geteuid() == 0 ? 0600 : 0));
    fs::permissions(scratch_.root() / "closed", fs::perms(::geteuid() == 0 ? 0700 : 0));
    const AsNobody nobody;
    CPPUNIT_ASSERT_EQUAL(kInside, ask("ok.txt").body);
    for (const char* name : {"secret", "closed/f", "closed/missing", "missing", "missing/f", "ok.txt/f"}) {
      const Answer answer = ask(name);
      assert_not_available(answer);
      CPPUNIT_ASSERT_EQUAL(std::string(name), answer.attribute("filename"));
    }
  }

  void follows_no_magic_links() {
    const auto process = handler_over("/proc", true);
    CPPUNIT_ASSERT_EQUAL(std::string(), ask(*process, "self/status").attribute("error"));
    const std::string canary = (scratch_.folder() / "canary.txt").string();
    for (const std::string& name : {"self/root" + canary, std::string("self/exe"), "self/cwd" + canary,
                                    std::string("self/fd/0"), std::string("self/root/etc/passwd")}) {
      assert_not_available(ask(*process, name));
    }
  }

  void crosses_mounts_only_if_told_to() {
    CPPUNIT_ASSERT_EQUAL(std::string(), ask(*handler_over("/", true), "proc/self/status").attribute("error"));
    assert_not_available(ask(*handler_over("/", false), "proc/self/status"));
  }

  void root_stays_the_folder_it_was() {
    fs::rename(scratch_.root(), scratch_.folder() / "moved");
    fs::create_directory(scratch_.root());
    scratch_.write("ok.txt", "another");
    CPPUNIT_ASSERT_EQUAL(kInside, ask("ok.txt").body);
  }

 private:
  std::unique_ptr<Handler> handler_over(const std::string& root, bool cross_mounts) {
    Options chosen = options();
    chosen.set("root", root);
    chosen.set("cross_mounts", cross_mounts);
    return plugin_.make(chosen);
  }

  /// Asks for `name` while another thread swaps what lies there between inside and outside, until it was 2,000 times
  /// and both were met.
  template <class Swap>
  void race(const std::string& name, Swap swap) {
    constexpr int kRounds = 2'000;
    constexpr int kMost = 1'000'000;
    std::jthread swapper([&](const std::stop_token& stop) {
      for (bool inside = true; !stop.stop_requested(); inside = !inside) swap(inside);
    });
    int sent = 0;
    int refused = 0;
    for (int round = 0; round < kMost && (round < kRounds || sent == 0 || refused == 0); ++round) {
      const Answer answer = ask(name);
      if (answer.attribute("error").empty()) {
        CPPUNIT_ASSERT_EQUAL(kInside, answer.body);
        ++sent;
      } else {
        assert_not_available(answer);
        ++refused;
      }
    }
    CPPUNIT_ASSERT(sent > 0 && refused > 0);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileSendJailTest);

}  // namespace netkit::testing

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "fixture.h"
#include "netkit/unique_fd.h"
#include "support/bare_responder.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kLarge = 300'000;  // above what is read into memory

std::string pattern(std::size_t size) {
  std::string bytes;
  bytes.reserve(size);
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 31 + i / 251);
  return bytes;
}

}  // namespace

class FileSendServingTest : public FileSendFixture {
  CPPUNIT_TEST_SUITE(FileSendServingTest);
  CPPUNIT_TEST(sends_a_file_with_its_name_and_hash);
  CPPUNIT_TEST(sends_files_of_every_size_whole);
  CPPUNIT_TEST(resumes_from_an_offset);
  CPPUNIT_TEST(refuses_an_offset_beyond_the_end);
  CPPUNIT_TEST(resumes_only_the_same_file);
  CPPUNIT_TEST(offers_hashes);
  CPPUNIT_TEST(serves_awkward_names);
  CPPUNIT_TEST(answers_a_bad_request_with_the_reason);
  CPPUNIT_TEST(hashes_an_unchanged_file_once_for_all_listeners);
  CPPUNIT_TEST(hashes_a_short_file_while_long_ones_wait);
  CPPUNIT_TEST(stops_hashing_when_nobody_waits);
  CPPUNIT_TEST(says_when_the_framing_cannot_carry_the_file);
  CPPUNIT_TEST(tells_the_operator_of_its_own_troubles_only);
  CPPUNIT_TEST(refuses_a_root_that_is_no_folder);
  CPPUNIT_TEST(needs_a_stream);
  CPPUNIT_TEST(only_small_files_in_memory_with_a_known_hash_need_no_worker);
  CPPUNIT_TEST_SUITE_END();

 public:
  void sends_a_file_with_its_name_and_hash() {
    scratch_.write("sub/hello.txt", "hello");
    for (const std::string& message : {std::string("sub/hello.txt"), std::string("sub/hello.txt\r\n"),
                                       json("sub/hello.txt"), json("sub/hello.txt") + "\n"}) {
      const Answer answer = ask(message);
      CPPUNIT_ASSERT_EQUAL(std::string("hello"), answer.body);
      CPPUNIT_ASSERT_EQUAL(std::string("sub/hello.txt"), answer.attribute("filename"));
      CPPUNIT_ASSERT_EQUAL(std::string("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
                           answer.attribute("hash"));
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answer.attributes.size());
    }
  }

  void sends_files_of_every_size_whole() {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65535}, std::size_t{65536},
                                   std::size_t{65537}, std::size_t{524288}, std::size_t{524289}, kLarge}) {
      const std::string name = std::to_string(size);
      scratch_.write(name, pattern(size));
      const Answer answer = ask(name);
      CPPUNIT_ASSERT(answer.body == pattern(size));
      CPPUNIT_ASSERT_EQUAL(sha256(pattern(size)), answer.attribute("hash"));
    }
  }

  void resumes_from_an_offset() {
    for (const std::size_t size : {std::size_t{1000}, kLarge}) {
      const std::string content = pattern(size);
      scratch_.write("f", content);
      for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, size / 2, size - 1, size}) {
        const Answer answer = ask(resume("f", offset));
        CPPUNIT_ASSERT(answer.body == content.substr(offset));
        CPPUNIT_ASSERT_EQUAL(sha256(content), answer.attribute("hash"));
        CPPUNIT_ASSERT_EQUAL(offset > 0 ? std::to_string(offset) : "", answer.attribute("offset"));
      }
    }
  }

  void refuses_an_offset_beyond_the_end() {
    scratch_.write("f", "hello");
    for (const char* offset : {"6", "9223372036854775808", "18446744073709551615"}) {
      const Answer answer = ask(std::string(R"({"filename":"f","offset":)") + offset + "}");
      CPPUNIT_ASSERT_EQUAL(std::string("bad offset"), answer.attribute("error"));
      CPPUNIT_ASSERT_EQUAL("bad offset: offset " + std::string(offset) + " is beyond the end, the file has 5 bytes",
                           answer.body);
    }
  }

  void resumes_only_the_same_file() {
    for (const std::size_t size : {std::size_t{1000}, kLarge}) {
      scratch_.write("f", pattern(size));
      const std::string hash = ask("f").attribute("hash");
      CPPUNIT_ASSERT(ask(resume("f", 10, hash)).body == pattern(size).substr(10));
      scratch_.write("f", pattern(size + 1));
      const Answer answer = ask(resume("f", 10, hash));
      CPPUNIT_ASSERT_EQUAL(std::string("changed"), answer.attribute("error"));
      CPPUNIT_ASSERT_EQUAL(std::string("changed: the file is not what it was; get it from the start"), answer.body);
    }
    const auto hashless = plugin_.make(options("none"));
    CPPUNIT_ASSERT_EQUAL(std::string("bad request"), ask(*hashless, resume("f", 10, "ab")).attribute("error"));
  }

  void offers_hashes() {
    scratch_.write("f", "hello");
    const std::pair<const char*, const char*> cases[] = {
        {"sha512",
         "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5"
         "c3adef46f73bcdec043"},
        {"blake2b512",
         "e4cfa39a3d37be31c59609e807970799caa68a19bfaa15135f165085e01d41a65ba1e1b146aeb6bd0092b49eac214c103ccfa3a365954"
         "bbbe52f74a2b3620c94"},
        {"sha1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"},
        {"md5", "5d41402abc4b2a76b9719d911017c592"}};
    for (const auto& [name, hash] : cases) {
      const Answer answer = ask(*plugin_.make(options(name)), "f");
      CPPUNIT_ASSERT_EQUAL(std::string(hash), answer.attribute("hash"));
      CPPUNIT_ASSERT_EQUAL(std::string(name), answer.attribute("hash_algorithm"));
    }
    const Answer answer = ask(*plugin_.make(options("none")), "f");
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), answer.body);
    CPPUNIT_ASSERT(answer.attributes.size() == 1 && answer.attributes.find("filename"));
  }

  void serves_awkward_names() {
    for (const char* name : {"a\"b'c", "line\nend\n", "\xff\xfe", "\u202egpj.exe", "..dots..", "...", "a b", "-rf", "~",
                             "%2e%2e", "back\\slash", "sub/\x01"}) {
      scratch_.write(name, name);
      const std::string text = name;
      const bool utf8 = text[0] != '\xff';
      const Answer answer = ask(utf8 ? json(text) : text);
      CPPUNIT_ASSERT_EQUAL(text, answer.body);
      CPPUNIT_ASSERT_EQUAL(text, answer.attribute("filename"));
    }
    scratch_.write("{brace}", "in json only");
    CPPUNIT_ASSERT_EQUAL(std::string("in json only"), ask(json("{brace}")).body);
  }

  void answers_a_bad_request_with_the_reason() {
    const Answer answer = ask(R"({"name":"f"})");
    CPPUNIT_ASSERT_EQUAL(std::string("bad request"), answer.attribute("error"));
    CPPUNIT_ASSERT_EQUAL(std::string("bad request: unknown member \"name\", expected filename, offset or hash"),
                         answer.body);
    CPPUNIT_ASSERT(!answer.attributes.find("filename") && !answer.attributes.find("hash"));
  }

  void hashes_an_unchanged_file_once_for_all_listeners() {
    for (const std::size_t size : {std::size_t{5}, kLarge}) {
      const std::string name = std::to_string(size);
      scratch_.write(name, pattern(size));
      wait_until_hash_is_kept(name);
      const std::size_t hashed = plugin_.log().count(LogLevel::debug, "hashing");
      const auto other_listener = plugin_.make(options());
      CPPUNIT_ASSERT_EQUAL(sha256(pattern(size)), ask(*other_listener, name).attribute("hash"));
      CPPUNIT_ASSERT_EQUAL(hashed, plugin_.log().count(LogLevel::debug, "hashing"));
      scratch_.write(name, pattern(size + 1));
      CPPUNIT_ASSERT_EQUAL(sha256(pattern(size + 1)), ask(name).attribute("hash"));
      CPPUNIT_ASSERT_EQUAL(hashed + 1, plugin_.log().count(LogLevel::debug, "hashing"));
    }
  }

  void hashes_a_short_file_while_long_ones_wait() {
    std::vector<RecordingResponder> waiting(4);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const std::string name = "huge" + std::to_string(i);
      make_huge(name);
      handler_->on_message({.body = name}, waiting[i]);
    }
    scratch_.write("short", pattern(kLarge));
    CPPUNIT_ASSERT_EQUAL(sha256(pattern(kLarge)), ask("short").attribute("hash"));
    for (RecordingResponder& responder : waiting) responder.stop.request_stop();
  }

  void stops_hashing_when_nobody_waits() {
    make_huge("huge");
    RecordingResponder responder;
    handler_->on_message({.body = "huge"}, responder);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plugin_.log().count(LogLevel::debug, "hashing 1099511627776 bytes"));
    responder.stop.request_stop();
    CPPUNIT_ASSERT(!responder.await());  // what waited for the hash is let go
    CPPUNIT_ASSERT(responder.answers.empty());
  }

  void says_when_the_framing_cannot_carry_the_file() {
    scratch_.write("f", pattern(kLarge));
    RecordingResponder waiting;
    handler_->on_message({.body = "f"}, waiting);
    NarrowResponder responder;
    waiting.await(responder);
    CPPUNIT_ASSERT_EQUAL(std::string("too large: the framing cannot carry a file of this size"), responder.sent);
  }

  void tells_the_operator_of_its_own_troubles_only() {
    scratch_.write("f", "hello");
    assert_not_available(ask("missing"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plugin_.log().count(LogLevel::debug, "missing"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, plugin_.log().count(LogLevel::warning, ""));

    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const Answer answer = ask("f");
    ::setrlimit(RLIMIT_NOFILE, &before);
    assert_not_available(answer);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plugin_.log().count(LogLevel::warning, "Too many open files"));
  }

  void refuses_a_root_that_is_no_folder() {
    const std::string file = scratch_.write("file", "").string();
    for (const auto& [path, reason] :
         {std::pair{file, "Not a directory"}, std::pair{file + "-not", "No such file or directory"}}) {
      Options chosen = options();
      chosen.set("root", path);
      try {
        plugin_.make(chosen);
        CPPUNIT_FAIL("accepted " + path);
      } catch (const OptionError& error) {
        CPPUNIT_ASSERT_EQUAL(std::string("root"), error.option());
        CPPUNIT_ASSERT_EQUAL("'" + path + "': " + reason + "; expected an existing folder", std::string(error.what()));
      }
    }
  }

  void needs_a_stream() { CPPUNIT_ASSERT(plugin_.type().needs_stream); }

  void only_small_files_in_memory_with_a_known_hash_need_no_worker() {
    const auto hashless = plugin_.make(options("none"));
    const auto blocks = [](Handler& handler, const std::string& name) { return handler.may_block({.body = name}); };
    scratch_.write("small", pattern(1000));
    scratch_.write("large", pattern(kLarge));
    CPPUNIT_ASSERT_EQUAL(!readable_at_once(scratch_.root() / "small"), blocks(*hashless, "small"));
    CPPUNIT_ASSERT(blocks(*hashless, "large"));
    CPPUNIT_ASSERT(blocks(*hashless, "missing"));
    CPPUNIT_ASSERT(blocks(*handler_, "small"));
    ask("small");
    CPPUNIT_ASSERT(blocks(*handler_, "small"));  // it is too fresh for its hash to be kept

    Options old_files = options();
    old_files.set("root", std::string("/usr/include"));
    const auto handler = plugin_.make(old_files);
    CPPUNIT_ASSERT(blocks(*handler, "stdio.h"));
    ask(*handler, "stdio.h");
    CPPUNIT_ASSERT_EQUAL(!readable_at_once("/usr/include/stdio.h"), blocks(*handler, "stdio.h"));
  }

 private:
  /// A file of a TiB with nothing in it.
  void make_huge(const std::string& name) const {
    scratch_.write(name, "");
    fs::resize_file(scratch_.root() / name, std::uintmax_t{1} << 40);
  }

  /// Whether the file system can say that it need not wait; not all can.
  static bool readable_at_once(const fs::path& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char byte = 0;
    iovec piece{&byte, 1};
    return ::preadv2(file.get(), &piece, 1, 0, RWF_NOWAIT) == 1;
  }

  /// A framing with a length field too small for a file; on a worker.
  class NarrowResponder final : public BareResponder {
   public:
    using Responder::send;
    void send(std::string_view body, const Attributes& /*attributes*/) override { sent = body; }
    void stream(std::unique_ptr<BodySource> /*source*/, const Attributes& /*attributes*/) override {
      throw std::length_error("too large for the length field");
    }
    std::stop_token stop_token() const override { return stop.get_token(); }

    std::string sent;
    std::stop_source stop;
  };

  static std::string resume(const std::string& name, std::size_t offset) {
    return nlohmann::json{{"filename", name}, {"offset", offset}}.dump();
  }
  static std::string resume(const std::string& name, std::size_t offset, const std::string& hash) {
    return nlohmann::json{{"filename", name}, {"offset", offset}, {"hash", hash}}.dump();
  }

  /// By another program, coreutils' sha256sum.
  std::string sha256(const std::string& content) const {
    const fs::path file = scratch_.folder() / "to-hash";
    std::ofstream(file, std::ios::binary) << content;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("sha256sum " + file.string()).c_str(), "r"), ::pclose);
    char hex[65] = {};
    CPPUNIT_ASSERT_EQUAL(std::size_t{64}, std::fread(hex, 1, 64, pipe.get()));
    return hex;
  }

  /// A hash is kept once the file's last change is further back than the coarsest clock's step.
  void wait_until_hash_is_kept(const std::string& name) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < give_up) {
      ask(name);
      const std::size_t hashed = plugin_.log().count(LogLevel::debug, "hashing");
      ask(name);
      if (plugin_.log().count(LogLevel::debug, "hashing") == hashed) return;
    }
    CPPUNIT_FAIL("the hash of " + name + " is computed again and again");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileSendServingTest);

}  // namespace netkit::testing

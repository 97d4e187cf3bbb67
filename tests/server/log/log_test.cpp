#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <system_error>

#include "server/log/log.h"
#include "support/files.h"
#include "support/test_client.h"

namespace netkit::testing {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

ConnectionRecord ended(std::string detail) {
  return {.listener = "web",
          .transport = "tcp",
          .peer = {"2001:db8::1", 4000},
          .reason = CloseReason::malformed,
          .detail = std::move(detail),
          .duration = std::chrono::microseconds(1'234'999),
          .traffic = {1, 2, 3, 4},
          .left_out = 7};
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class LogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogTest);
  CPPUNIT_TEST(a_line_is_time_level_and_text);
  CPPUNIT_TEST(a_json_line_is_an_object);
  CPPUNIT_TEST(an_event_has_its_fields);
  CPPUNIT_TEST(a_sentence_stands_for_the_fields_in_text);
  CPPUNIT_TEST(no_field_hides_what_the_log_says_itself);
  CPPUNIT_TEST(first_bytes_and_number_of_a_conversation);
  CPPUNIT_TEST(text_of_a_connection);
  CPPUNIT_TEST(json_of_a_connection);
  CPPUNIT_TEST(nothing_a_peer_sends_makes_a_second_line);
  CPPUNIT_TEST(what_is_below_the_level_is_not_written);
  CPPUNIT_TEST(a_moved_file_is_opened_anew);
  CPPUNIT_TEST(a_file_that_cannot_be_opened_anew_is_kept);
  CPPUNIT_TEST(a_file_that_cannot_be_opened_is_refused);
  CPPUNIT_TEST(lines_for_a_full_disk_are_lost_and_nothing_else);
  CPPUNIT_TEST(a_full_pipe_loses_lines_and_tells_how_many);
  CPPUNIT_TEST(in_json_too);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_line_is_time_level_and_text() {
    ServerLog log(config(false));
    log.write(LogLevel::warning, "caution: \"100%\" {}");
    const std::string line = read(path_);
    CPPUNIT_ASSERT_EQUAL(std::string("Z warning caution: \"100%\" {}\n"), line.substr(23));
    CPPUNIT_ASSERT_EQUAL('T', line[10]);
  }

  void a_json_line_is_an_object() {
    ServerLog log(config(true));
    log.write(LogLevel::error, "a \"b\" \\ {} 100%");
    const nlohmann::json line = nlohmann::json::parse(read(path_));
    CPPUNIT_ASSERT_EQUAL(std::string("error"), line.at("level").get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("a \"b\" \\ {} 100%"), line.at("text").get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::size_t{24}, line.at("time").get<std::string>().size());
    CPPUNIT_ASSERT_EQUAL(std::string("message"), line.at("event").get<std::string>());
    CPPUNIT_ASSERT_EQUAL(::getpid(), line.at("pid").get<pid_t>());
    CPPUNIT_ASSERT_EQUAL(std::size_t{5}, line.size());
  }

  void an_event_has_its_fields() {
    const EventRecord record{"fire",
                             {{"floor", std::int64_t{3}}, {"loud", true}, {"what", "it \"burns\""}},
                             {.listener = "web", .transport = "tcp", .peer = "1.2.3.4:5", .left_out = 2}};
    CPPUNIT_ASSERT_EQUAL(std::string("web: 1.2.3.4:5 fire floor=3 loud=true what=\"it \\\\\"burns\\\\\"\" "
                                     "(2 lines of this listener left out before)"),
                         make_text_format()->encode(record));
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"("event":"fire","listener":"web","transport":"tcp","peer":"1.2.3.4:5","floor":3,"loud":true,)"
                    R"("what":"it \"burns\"","left_out":2)"),
        make_json_format()->encode(record));
  }

  void a_sentence_stands_for_the_fields_in_text() {
    const EventRecord record{
        "fire", {{"floor", std::int64_t{3}}, {"text", "it burns"}}, {.listener = "web", .conversation = 7}};
    CPPUNIT_ASSERT_EQUAL(std::string("web: #7 it burns"), make_text_format()->encode(record));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("event":"fire","listener":"web","conversation":7,"floor":3,"text":"it burns")"),
                         make_json_format()->encode(record));
  }

  void no_field_hides_what_the_log_says_itself() {
    const EventRecord record{
        "fire", {{"pid", std::int64_t{1}}, {"event", "x"}, {"peer", true}}, {.listener = "", .peer = "p"}};
    CPPUNIT_ASSERT_EQUAL(std::string(R"("event":"fire","peer":"p","pid_":1,"event_":"x","peer_":true)"),
                         make_json_format()->encode(record));
  }

  void first_bytes_and_number_of_a_conversation() {
    ConnectionRecord record = ended("no number");
    record.first_bytes = "x\n\\";
    record.conversation = 17;
    const std::string text = make_text_format()->encode(record);
    CPPUNIT_ASSERT(text.starts_with("web: [2001:db8::1]:4000 #17 closed tcp "));
    CPPUNIT_ASSERT(text.find(R"(malformed: no number, first bytes "x\x0a\\" ()") != std::string::npos);
    const std::string json = make_json_format()->encode(record);
    CPPUNIT_ASSERT(json.find(R"("peer":"[2001:db8::1]:4000","conversation":17,)") != std::string::npos);
    CPPUNIT_ASSERT(json.find(R"("detail":"no number","first_bytes":"x\\x0a\\\\")") != std::string::npos);
  }

  void text_of_a_connection() {
    const std::unique_ptr<LogFormat> format = make_text_format();
    CPPUNIT_ASSERT_EQUAL(
        std::string("web: [2001:db8::1]:4000 closed tcp received=1/2 sent=3/4 seconds=1.234 malformed: "
                    "no\\x0anumber (7 lines of this listener left out before)"),
        format->encode(ended("no\nnumber")));
    const ConnectionRecord begun{.listener = "web", .transport = "tcp", .peer = {"192.0.2.1", 1}};
    CPPUNIT_ASSERT_EQUAL(std::string("web: 192.0.2.1:1 open tcp"), format->encode(begun));
  }

  void json_of_a_connection() {
    const std::unique_ptr<LogFormat> format = make_json_format();
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"("event":"close","listener":"web","transport":"tcp","peer":"[2001:db8::1]:4000",)"
                    R"("received_bytes":1,"received_messages":2,"sent_bytes":3,"sent_messages":4,)"
                    R"("seconds":1.234,"reason":"malformed","detail":"no\nnumber","left_out":7)"),
        format->encode(ended("no\nnumber")));
  }

  /// Line breaks, escape sequences, bytes that are no UTF-8, NUL, line separators beyond ASCII.
  void nothing_a_peer_sends_makes_a_second_line() {
    std::string bytes = "\xe2\x80\xa8\xc2\x85\xff\xc3\"";
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    for (const bool json : {false, true}) {
      fs::remove(path_);
      ServerLog log(config(json));
      log.write(LogLevel::info, bytes);
      log.write(LogLevel::info, ended(bytes));
      const std::string text = read(path_);
      CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{2}, std::count(text.begin(), text.end(), '\n'));
      for (const char c : text) CPPUNIT_ASSERT((c >= ' ' && c <= '~') || c == '\n');
      std::istringstream lines(text);
      for (std::string line; json && std::getline(lines, line);) CPPUNIT_ASSERT(nlohmann::json::accept(line));
    }
  }

  void what_is_below_the_level_is_not_written() {
    LogConfig least = config(false);
    least.level = LogLevel::warning;
    ServerLog log(least);
    log.write(LogLevel::info, "no");
    log.write(LogLevel::info, ended("no"));
    CPPUNIT_ASSERT_EQUAL(std::string(), read(path_));
    least.level = LogLevel::info;
    least.connections = true;
    CPPUNIT_ASSERT(!log.every_connection());
    log.follow(least);
    CPPUNIT_ASSERT(log.every_connection());
    log.write(LogLevel::info, "yes");
    CPPUNIT_ASSERT(read(path_).ends_with("Z info yes\n"));
  }

  void a_moved_file_is_opened_anew() {
    ServerLog log(config(false));
    log.write(LogLevel::info, "before");
    fs::rename(path_, path_ + ".1");
    log.write(LogLevel::info, "still there");
    log.reopen();
    log.write(LogLevel::info, "after");
    CPPUNIT_ASSERT(read(path_ + ".1").ends_with("still there\n"));
    CPPUNIT_ASSERT(read(path_).ends_with("after\n"));
    CPPUNIT_ASSERT(read(path_).find("before") == std::string::npos);
  }

  void a_file_that_cannot_be_opened_anew_is_kept() {
    ServerLog log(config(false));
    fs::rename(path_, path_ + ".1");
    fs::create_directory(path_);
    log.reopen();
    log.write(LogLevel::info, "after");
    CPPUNIT_ASSERT(read(path_ + ".1").find("cannot open the log anew") != std::string::npos);
    CPPUNIT_ASSERT(read(path_ + ".1").ends_with("after\n"));
  }

  void a_file_that_cannot_be_opened_is_refused() {
    fs::create_directory(path_);
    CPPUNIT_ASSERT_THROW(ServerLog log(config(false)), std::system_error);
  }

  void lines_for_a_full_disk_are_lost_and_nothing_else() {
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit nothing{0, before.rlim_max};
    std::signal(SIGXFSZ, SIG_IGN);
    ServerLog log(config(false));
    ::setrlimit(RLIMIT_FSIZE, &nothing);
    for (int i = 0; i < 1000; ++i) log.write(LogLevel::info, "x");
    ::setrlimit(RLIMIT_FSIZE, &before);
    log.reopen();
    CPPUNIT_ASSERT(read(path_).find(" warning 1000 log lines were lost\n") != std::string::npos);
    CPPUNIT_ASSERT(read(path_).ends_with(" info log opened anew\n"));
  }

  void a_full_pipe_loses_lines_and_tells_how_many() { CPPUNIT_ASSERT(loss_after_full_pipe(false) > 0); }

  void in_json_too() { CPPUNIT_ASSERT(loss_after_full_pipe(true) > 0); }

 private:
  LogConfig config(bool json) const {
    LogConfig config;
    config.json = json;
    config.file = path_;
    return config;
  }

  /// Fills a FIFO, reads it, and returns how many lines the log says it lost; checks that this is right.
  int loss_after_full_pipe(bool json) {
    CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(path_.c_str(), 0600));
    const UniqueFd reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ServerLog log(config(json));
    int written = 0;
    for (; written < 2000; ++written) log.write(LogLevel::info, std::string(100, 'x'));
    std::string text;
    const bool told = eventually([&] {
      char bytes[65536];
      for (ssize_t count; (count = ::read(reader.get(), bytes, sizeof bytes)) > 0;) {
        text.append(bytes, static_cast<std::size_t>(count));
      }
      if (text.find("lines were lost") != std::string::npos) return true;
      log.write(LogLevel::info, std::string(100, 'x'));
      ++written;
      return false;
    });
    CPPUNIT_ASSERT(told);
    const int lost = std::stoi(text.substr(text.rfind(json ? '"' : ' ', text.find(" log lines were lost") - 1) + 1));
    CPPUNIT_ASSERT(!json ||
                   text.find(R"("event":"log-lines-lost","count":)" + std::to_string(lost)) != std::string::npos);
    std::istringstream lines(text);
    int whole = 0;
    for (std::string line; std::getline(lines, line);) whole += line.find(std::string(100, 'x')) != std::string::npos;
    CPPUNIT_ASSERT_EQUAL(written, whole + lost);
    return lost;
  }

  TemporaryFolder folder_;
  const std::string path_ = (folder_.path() / "netkit.log").string();
};
CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

}  // namespace
}  // namespace netkit::testing

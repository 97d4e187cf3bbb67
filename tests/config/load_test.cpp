#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <string>
#include <vector>

#include "config/loading.h"
#include "support/files.h"

namespace netkit::test {
namespace {

namespace fs = std::filesystem;

const fs::path kBroken = "tests/config/broken";

}  // namespace

class LoadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LoadTest);
  CPPUNIT_TEST(broken_files);
  CPPUNIT_TEST(good_files);
  CPPUNIT_TEST(json_and_ini_mean_the_same);
  CPPUNIT_TEST(nul_characters_of_a_framing);
  CPPUNIT_TEST(the_case_of_an_extension);
  CPPUNIT_TEST(faulty_plugin);
  CPPUNIT_TEST(folders_of_plugins);
  CPPUNIT_TEST_SUITE_END();

 public:
  void broken_files() {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(kBroken)) {
      if (entry.path().extension() == ".expected") continue;
      const std::string expected = read_file(fs::path(entry.path()).replace_extension(".expected"));
      CPPUNIT_ASSERT_MESSAGE(entry.path().string() + " expects nothing", !expected.empty());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(entry.path().string(), expected, messages(entry.path()));
      ++count;
    }
    CPPUNIT_ASSERT(count >= 160);
  }

  void good_files() {
    for (const auto& entry : fs::directory_iterator(kGood)) CPPUNIT_ASSERT_EQUAL(std::string(), messages(entry.path()));
  }

  void json_and_ini_mean_the_same() {
    CPPUNIT_ASSERT_EQUAL(effective(kGood / "everything.json"), effective(kGood / "everything.ini"));
    CPPUNIT_ASSERT_EQUAL(effective(kGood / "windows.json"), effective(kGood / "windows.ini"));
  }

  void nul_characters_of_a_framing() {
    FakeTypes types;
    const ServerConfig config = load_good(types, kGood / "nul.json");
    const Options& options = config.listeners.at(0).transports.at(0).framing.in.options;
    const std::vector<std::string> expected{{"\0", 1}, {"a\0\xc3\xa9\"\xf0\x9f\x98\x80", 9}};
    CPPUNIT_ASSERT(options.texts("delimiters") == expected);
  }

  void the_case_of_an_extension() {
    const TemporaryFolder folder;
    write_file(folder.path() / "A.INI", "[listener.a]\naddress = 127.0.0.1:0\nhandler = echo\n");
    CPPUNIT_ASSERT_EQUAL(std::string(), messages(folder.path() / "A.INI"));
  }

  void faulty_plugin() {
    const TemporaryFolder folder;
    write_file(folder.path() / "mine.so", "not a library");
    write_file(folder.path() / "a.ini", "plugin_path = .\n[listener.a]\naddress = 127.0.0.1:0\nhandler = mine\n");
    const std::string text = messages(folder.path() / "a.ini");
    const std::string start = "a.ini:4:11: error: plugin FOLDER/mine.so: ";
    CPPUNIT_ASSERT_EQUAL(start, text.substr(0, start.size()));
  }

  void folders_of_plugins() {
    FakeTypes types;
    const ServerConfig config = load_good(types, kGood / "everything.json");
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, config.plugin_path.size());
    CPPUNIT_ASSERT(types.loader().folders() == config.plugin_path);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoadTest);

}  // namespace netkit::test

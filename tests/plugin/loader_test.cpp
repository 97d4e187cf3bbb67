#include "plugin/loader.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plugin/registry.h"

namespace netkit::testing {
namespace {

namespace fs = std::filesystem;

class LoaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LoaderTest);
  CPPUNIT_TEST(a_plugin_is_found_by_its_name);
  CPPUNIT_TEST(an_unknown_name_is_not_an_error);
  CPPUNIT_TEST(a_name_cannot_leave_the_folder);
  CPPUNIT_TEST(a_file_that_is_no_library_is_one_clear_line);
  CPPUNIT_TEST(an_earlier_folder_hides_a_later_one);
  CPPUNIT_TEST(names_of_files_not_loaded_are_suggested);
  CPPUNIT_TEST(load_all_goes_on_after_a_bad_one);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    folder_ = fs::temp_directory_path() / ("netkit-loader-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    std::ofstream(folder_ / "broken.so") << "not a library";
  }
  void tearDown() override { fs::remove_all(folder_); }

  void a_plugin_is_found_by_its_name() {
    PluginLoader loader(registry_, plugins());
    const HandlerType* echo = loader.handler("echo");
    CPPUNIT_ASSERT(echo != nullptr);
    CPPUNIT_ASSERT(echo == loader.handler("echo"));
  }

  void an_unknown_name_is_not_an_error() {
    PluginLoader loader(registry_, plugins());
    CPPUNIT_ASSERT(loader.handler("ecko") == nullptr);
    CPPUNIT_ASSERT(loader.framing("echo") == nullptr);
    CPPUNIT_ASSERT(loader.handler("") == nullptr);
  }

  void a_name_cannot_leave_the_folder() {
    PluginLoader loader(registry_, plugins() + "/..");
    CPPUNIT_ASSERT(loader.handler("plugins/echo") == nullptr);
    CPPUNIT_ASSERT(loader.handler("../plugins/echo") == nullptr);
  }

  void a_file_that_is_no_library_is_one_clear_line() {
    PluginLoader loader(registry_, folder_.string());
    try {
      loader.handler("broken");
      CPPUNIT_FAIL("it was loaded");
    } catch (const PluginError& error) {
      const std::string text = error.what();
      CPPUNIT_ASSERT_MESSAGE(text, text.find((folder_ / "broken.so").string()) != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(text, text.find('\n') == std::string::npos);
    }
  }

  void an_earlier_folder_hides_a_later_one() {
    std::ofstream(folder_ / "echo.so") << "not a library";
    PluginLoader loader(registry_, plugins());
    loader.add_folder(folder_.string());
    CPPUNIT_ASSERT_THROW(loader.handler("echo"), PluginError);
  }

  void names_of_files_not_loaded_are_suggested() {
    PluginLoader loader(registry_, folder_.string());
    const std::vector<std::string> names = loader.handler_names();
    CPPUNIT_ASSERT(std::find(names.begin(), names.end(), "broken") != names.end());
  }

  void load_all_goes_on_after_a_bad_one() {
    PluginLoader loader(registry_, plugins());
    loader.add_folder(folder_.string());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, loader.load_all().size());
    for (const char* name : {"echo", "uppercase", "hello", "exec", "file-send"}) {
      CPPUNIT_ASSERT_MESSAGE(name, registry_.handler(name) != nullptr);
    }
  }

 private:
  static std::string plugins() { return std::string(std::getenv("NETKIT_BUILD")) + "/lib/netkit/plugins"; }

  TypeRegistry registry_;
  fs::path folder_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(LoaderTest);

}  // namespace
}  // namespace netkit::testing

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "plugin/loader.h"
#include "plugin/registry.h"
#include "support/plugin_handler.h"
#include "support/recording_responder.h"

namespace netkit::testing {
namespace {

// Under the address sanitizer libraries stay mapped.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kUnloads = false;
#else
constexpr bool kUnloads = true;
#endif

namespace fs = std::filesystem;

/// One reading of a config, as far as plugins are concerned.
struct Reading {
  explicit Reading(const std::string& folder, std::shared_ptr<PluginLibraries> libraries)
      : loader(registry, folder, std::move(libraries)) {}

  std::string ask() {
    RecordingLog log;
    RecordingResponder responder;
    const auto handler = loader.handler("version")->make({}, HandlerContext{"test", log});
    handler->on_message({.body = "x"}, responder);
    return responder.answers.at(0).body;
  }
  std::shared_ptr<const PluginLibrary> library() const { return loader.handler_library("version"); }

  TypeRegistry registry;
  PluginLoader loader;
};

class GenerationsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GenerationsTest);
  CPPUNIT_TEST(a_file_that_is_the_same_is_loaded_once);
  CPPUNIT_TEST(a_file_written_again_with_the_same_content_is_the_same);
  CPPUNIT_TEST(a_replaced_file_is_another_generation_beside_the_old_one);
  CPPUNIT_TEST(a_file_overwritten_in_place_does_not_harm_what_is_loaded);
  CPPUNIT_TEST(many_generations_leave_nothing_behind);
  CPPUNIT_TEST(a_library_that_is_refused_is_unloaded);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    folder_ = fs::temp_directory_path() / ("netkit-generations-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    install(1);
  }
  void tearDown() override { fs::remove_all(folder_); }

  void a_file_that_is_the_same_is_loaded_once() {
    Reading first(folder_, libraries_);
    Reading second(folder_, libraries_);
    CPPUNIT_ASSERT_EQUAL(std::string("1:x"), first.ask());
    CPPUNIT_ASSERT_EQUAL(std::string("1:x"), second.ask());
    CPPUNIT_ASSERT(first.library() == second.library());
    CPPUNIT_ASSERT_EQUAL((folder_ / "version.so").string(), first.library()->file());
  }

  void a_file_written_again_with_the_same_content_is_the_same() {
    Reading first(folder_, libraries_);
    first.ask();
    fs::remove(folder_ / "version.so");
    install(1);
    Reading second(folder_, libraries_);
    second.ask();
    CPPUNIT_ASSERT(first.library() == second.library());
  }

  void a_replaced_file_is_another_generation_beside_the_old_one() {
    Reading first(folder_, libraries_);
    first.ask();
    fs::remove(folder_ / "version.so");
    install(2);
    Reading second(folder_, libraries_);
    CPPUNIT_ASSERT_EQUAL(std::string("2:x"), second.ask());
    CPPUNIT_ASSERT_EQUAL(std::string("1:x"), first.ask());
    CPPUNIT_ASSERT(first.library()->generation() != second.library()->generation());
  }

  void a_file_overwritten_in_place_does_not_harm_what_is_loaded() {
    Reading first(folder_, libraries_);
    CPPUNIT_ASSERT_EQUAL(std::string("1:x"), first.ask());
    std::ofstream(folder_ / "version.so", std::ios::trunc) << "not a library";
    CPPUNIT_ASSERT_EQUAL(std::string("1:x"), first.ask());
    Reading second(folder_, libraries_);
    CPPUNIT_ASSERT_THROW(second.loader.handler("version"), PluginError);
    CPPUNIT_ASSERT_EQUAL(std::string("1:x"), first.ask());
  }

  void many_generations_leave_nothing_behind() {
    const std::size_t before = mappings();
    const unsigned stuck = PluginLibrary::never_unloaded();
    auto running = std::make_unique<Reading>(folder_, libraries_);
    running->ask();
    for (int round = 0; round < 50; ++round) {
      const int version = round % 2 == 0 ? 2 : 1;
      install(version);
      auto next = std::make_unique<Reading>(folder_, libraries_);
      CPPUNIT_ASSERT_EQUAL(std::to_string(version) + ":x", next->ask());
      running = std::move(next);
    }
    running.reset();
    if (!kUnloads) return;
    CPPUNIT_ASSERT_EQUAL(stuck, PluginLibrary::never_unloaded());
    CPPUNIT_ASSERT_EQUAL(before, mappings());
  }

  void a_library_that_is_refused_is_unloaded() {
    const std::size_t before = mappings();
    fs::copy_file(build() + "/tests/bad-plugins/other-api.so", folder_ / "bad.so",
                  fs::copy_options::overwrite_existing);
    for (int round = 0; round < 3; ++round) {
      Reading reading(folder_, libraries_);
      CPPUNIT_ASSERT_THROW(reading.loader.handler("bad"), PluginError);
    }
    if (kUnloads) CPPUNIT_ASSERT_EQUAL(before, mappings());
  }

 private:
  static std::string build() { return std::getenv("NETKIT_BUILD"); }

  /// Writes into the file that is there, if one is.
  void install(int version) {
    fs::copy_file(build() + "/tests/version-plugins/version-" + std::to_string(version) + ".so", folder_ / "version.so",
                  fs::copy_options::overwrite_existing);
  }

  /// Lines of /proc/self/maps that are private copies of libraries.
  static std::size_t mappings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) count += line.find("/memfd:") != std::string::npos ? 1 : 0;
    return count;
  }

  fs::path folder_;
  std::shared_ptr<PluginLibraries> libraries_ = std::make_shared<PluginLibraries>();
};
CPPUNIT_TEST_SUITE_REGISTRATION(GenerationsTest);

}  // namespace
}  // namespace netkit::testing

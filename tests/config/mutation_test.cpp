#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <random>
#include <string>
#include <string_view>

#include "config/effective.h"
#include "config/fake_types.h"
#include "config/load.h"
#include "support/files.h"

namespace netkit::test {
namespace {

constexpr int kMutations = 5000;  // of each of the two formats
constexpr std::string_view kBytes = "{}[]\",:=.#;\\\n\r\t 09-+eE'\0\xff\xc3\xa9";
constexpr std::array<std::string_view, 12> kPieces = {
    "null",           "1e999",   "18446744073709551616", "-1",   "\"\\u0000\"", "[[[[[[[[[[[[[[[[[[[[", "{\"type\":",
    "[listener.x]\n", "handler", "framing.in = ",        "\"\"", "\xef\xbb\xbf"};

/// Alters a text at random places. The same seed gives the same texts with every standard library, so nothing here
/// uses a distribution.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::size_t i = 1 + below(4); i > 0; --i) alter(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void alter(std::string& text) {
    const std::size_t at = below(text.size());
    const std::size_t count = std::min<std::size_t>(1 + below(20), text.size() - at);
    switch (below(7)) {
      case 0:
        text.insert(at, 1, kBytes[below(kBytes.size())]);
        break;
      case 1:
        text.replace(at, 1, 1, kBytes[below(kBytes.size())]);
        break;
      case 2:
        text.erase(at, count);
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, count));
        break;
      case 4:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      case 5:
        text.resize(at);
        break;
      default:
        text.replace(at, 1, 1, static_cast<char>(random_()));
    }
  }

  std::mt19937 random_;
};

}  // namespace

class MutationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MutationTest);
  CPPUNIT_TEST(json);
  CPPUNIT_TEST(ini);
  CPPUNIT_TEST_SUITE_END();

 public:
  void json() { run("everything.json", 1); }
  void ini() { run("everything.ini", 2); }

 private:
  /// Nothing may be thrown, and what is refused is refused with a reason at a place of the file.
  static void run(const std::string& name, unsigned seed) {
    const TemporaryFolder folder;
    const std::string original = read_file("tests/config/good/" + name);
    Mutator mutator(seed);
    int refused = 0;
    for (int i = 0; i < kMutations; ++i) {
      const std::string text = mutator.mutate(original);
      write_file(folder.path() / name, text);
      const bool valid = check(folder.path() / name, text);
      refused += valid ? 0 : 1;
    }
    CPPUNIT_ASSERT(refused > kMutations / 2);
    CPPUNIT_ASSERT(refused < kMutations);
  }

  static bool check(const std::filesystem::path& path, const std::string& text) {
    FakeTypes types;
    Diagnostics errors;
    const std::optional<ServerConfig> config = load_config(path.string(), types.loader(), errors);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(text, errors.empty(), config.has_value());
    for (const Diagnostic& error : errors) {
      CPPUNIT_ASSERT_MESSAGE(to_string(error) + "\n" + text, error.where.line > 0 && error.where.column > 0);
      CPPUNIT_ASSERT_EQUAL(path.string(), error.where.file);
      CPPUNIT_ASSERT_MESSAGE(to_string(error), !error.text.empty() && error.text.find('\n') == std::string::npos);
    }
    if (config) print_effective(*config, types.loader());
    return config.has_value();
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MutationTest);

}  // namespace netkit::test

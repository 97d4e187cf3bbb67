#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "config/syntax/source_text.h"
#include "support/files.h"

namespace netkit::test {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;

/// The error of a file that cannot be read, its folder left out.
std::string refusal_of(const std::filesystem::path& path) {
  Diagnostics errors;
  CPPUNIT_ASSERT(!read_source(path.string(), errors));
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, errors.size());
  errors[0].where.file = path.filename().string();
  return to_string(errors[0]);
}

}  // namespace

class SourceTextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SourceTextTest);
  CPPUNIT_TEST(no_file);
  CPPUNIT_TEST(not_a_file);
  CPPUNIT_TEST(too_large);
  CPPUNIT_TEST(file_of_the_largest_size);
  CPPUNIT_TEST(positions);
  CPPUNIT_TEST_SUITE_END();

 public:
  void no_file() { CPPUNIT_ASSERT_EQUAL(std::string("none.json: error: no such file"), refusal_of("none.json")); }

  void not_a_file() {
    CPPUNIT_ASSERT_EQUAL(std::string("good: error: found a folder, expected a regular file"),
                         refusal_of("tests/config/good"));
    CPPUNIT_ASSERT_EQUAL(std::string("zero: error: found a device or pipe, expected a regular file"),
                         refusal_of("/dev/zero"));
  }

  void too_large() {
    const TemporaryFolder folder;
    write_file(folder.path() / "large.json", std::string(kLargestFile + 1, ' '));
    CPPUNIT_ASSERT_EQUAL(std::string("large.json: error: found more than 1MiB, expected a config file of at most that"),
                         refusal_of(folder.path() / "large.json"));
  }

  void file_of_the_largest_size() {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "large.json";
    write_file(path, std::string(kLargestFile, ' '));
    Diagnostics errors;
    const std::optional<SourceText> source = read_source(path.string(), errors);
    CPPUNIT_ASSERT(source && errors.empty());
    CPPUNIT_ASSERT_EQUAL(kLargestFile, source->text().size());
  }

  void positions() {
    const SourceText source("a.ini", "\xef\xbb\xbfone\n\ntwo");
    CPPUNIT_ASSERT_EQUAL(std::string("one\n\ntwo"), source.text());
    const auto place = [&](std::size_t offset) {
      const Position where = source.at(offset);
      return std::to_string(where.line) + ":" + std::to_string(where.column);
    };
    CPPUNIT_ASSERT_EQUAL(std::string("1:1"), place(0));
    CPPUNIT_ASSERT_EQUAL(std::string("1:4"), place(3));  // the line break is the last byte of its line
    CPPUNIT_ASSERT_EQUAL(std::string("2:1"), place(4));
    CPPUNIT_ASSERT_EQUAL(std::string("3:1"), place(5));
    CPPUNIT_ASSERT_EQUAL(std::string("3:4"), place(8));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SourceTextTest);

}  // namespace netkit::test

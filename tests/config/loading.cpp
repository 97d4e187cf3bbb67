#include "config/loading.h"

#include <cppunit/TestAssert.h>

#include <optional>

#include "config/effective.h"
#include "config/load.h"

namespace netkit::test {
namespace {

namespace fs = std::filesystem;

struct Loaded {
  std::optional<ServerConfig> config;
  Diagnostics errors;
};

Loaded load(FakeTypes& types, const fs::path& path) {
  Loaded loaded;
  loaded.config = load_config(path.string(), types.loader(), loaded.errors);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(path.string(), loaded.errors.empty(), loaded.config.has_value());
  return loaded;
}

}  // namespace

std::string messages(const fs::path& path) {
  FakeTypes types;
  std::string text;
  for (Diagnostic& error : load(types, path).errors) {
    error.where.file = path.filename().string();
    text += to_string(error) + "\n";
  }
  const std::string folder = fs::absolute(path).parent_path().string();
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
    text.replace(at, folder.size(), "FOLDER");
  }
  return text;
}

ServerConfig load_good(FakeTypes& types, const fs::path& path) {
  const Loaded loaded = load(types, path);
  CPPUNIT_ASSERT_MESSAGE(messages(path), loaded.config.has_value());
  return *loaded.config;
}

ServerConfig load_everything() {
  FakeTypes types;
  return load_good(types, kGood / "everything.json");
}

std::string effective(const fs::path& path) {
  FakeTypes types;
  return print_effective(load_good(types, path), types.loader());
}

}  // namespace netkit::test

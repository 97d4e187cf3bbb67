#include "plugins/lua/script_files.h"

#include <cppunit/TestAssert.h>

#include <filesystem>

#include "handler/lua_handler.h"

namespace netkit::lua::test {

using namespace netkit::testing;

std::string ScriptFiles::write(const std::string& name, const std::string& text) {
  const std::filesystem::path path = folder_.path() / name;
  std::filesystem::create_directories(path.parent_path());
  netkit::test::write_file(path, text);
  return path.string();
}

std::unique_ptr<TestServer> ScriptFiles::serve(const std::string& script, const Settings& options, ServerSetup setup) {
  Settings all{{"script", write("test.lua", script)}};
  all.insert(all.end(), options.begin(), options.end());
  return std::make_unique<TestServer>([](Registry& registry) { registry.add(lua_handler()); }, "lua", all,
                                      std::move(setup));
}

std::string ScriptFiles::refusal(const std::string& script, const Settings& options) {
  try {
    serve(script, options);
  } catch (const OptionError& error) {
    return error.what();
  }
  CPPUNIT_FAIL("the script is not refused");
  return {};
}

}  // namespace netkit::lua::test

#include "interpreter/script.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace netkit::lua {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 20;
constexpr int kMostEntries = 1000;

bool is_module_character(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-' || byte == '.';
}

}  // namespace

Script::Script(const std::string& path)
    : folder_(fs::path(path).parent_path().string()), file_(fs::path(path).filename().string()) {}

std::string Script::module_file(const std::string& name) {
  const bool good = !name.empty() && std::all_of(name.begin(), name.end(), is_module_character) &&
                    name.front() != '.' && name.back() != '.' && name.find("..") == std::string::npos;
  if (!good) throw std::invalid_argument("'" + name + "' is no name of a module, expected one such as 'a' or 'a.b'");
  std::string file = name;
  std::replace(file.begin(), file.end(), '.', '/');
  return file + ".lua";
}

std::string Script::read(const std::string& file) const {
  // A link out of the folder would make its modules those of somebody else.
  const fs::path folder = fs::canonical(folder_);
  const fs::path path = fs::canonical(folder / file);
  if (file != file_ && std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first != folder.end()) {
    throw std::invalid_argument("is outside of the script's folder");
  }
  if (!fs::is_regular_file(path)) throw std::invalid_argument("is no regular file");
  if (fs::file_size(path) > kLargestFile) throw std::invalid_argument("is larger than 1 MiB");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::system_error(errno, std::generic_category());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

int Script::compile(lua_State* state, const std::string& file) const {
  std::string text;
  try {
    text = read(file);
  } catch (const fs::filesystem_error& error) {
    lua_pushfstring(state, "%s: %s", file.c_str(), error.code().message().c_str());
    return LUA_ERRFILE;
  } catch (const std::exception& error) {
    lua_pushfstring(state, "%s: %s", file.c_str(), error.what());
    return LUA_ERRFILE;
  }
  if (text.starts_with('#')) text.insert(0, "--");  // a script that is a program, too
  return luaL_loadbufferx(state, text.data(), text.size(), ("@" + file).c_str(), "t");
}

std::vector<std::string> Script::files(const std::string& path) {
  std::vector<std::string> files{path};
  std::error_code error;
  int entries = 0;
  fs::recursive_directory_iterator entry(fs::path(path).parent_path(), fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator() && entries < kMostEntries; entry.increment(error)) {
    ++entries;
    const fs::path& found = entry->path();
    if (found.filename().string().starts_with('.')) entry.disable_recursion_pending();
    if (found.extension() == ".lua" && found != path) files.push_back(found.string());
  }
  return files;
}

}  // namespace netkit::lua

#include "command_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "netkit/options.h"

namespace netkit::process {
namespace {

enum class Found : std::uint8_t { no, not_executable, yes };

std::string quoted(const std::string& text) { return "'" + text + "'"; }

Found look_at(const std::string& file) {
  struct ::stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return Found::no;
  return (status.st_mode & 0111) != 0 ? Found::yes : Found::not_executable;
}

std::string_view path_in(const std::vector<std::string>& environment) {
  constexpr std::string_view kPrefix = "PATH=";
  for (const std::string& variable : environment) {
    if (variable.starts_with(kPrefix)) return std::string_view(variable).substr(kPrefix.size());
  }
  return {};
}

Found look_in(std::string_view folders, const std::string& program) {
  Found found = Found::no;
  while (!folders.empty() && found != Found::yes) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    if (!folder.empty()) found = std::max(found, look_at(std::string(folder) + "/" + program));
    folders.remove_prefix(std::min(folders.size(), folder.size() + 1));
  }
  return found;
}

}  // namespace

void check_command(const std::vector<std::string>& command, const programs::Surroundings& surroundings) {
  if (command.empty() || command.front().empty()) {
    throw OptionError("command", "'command': found no program, expected its name or path, then its arguments");
  }
  for (const std::string& word : command) {
    if (word.find('\0') != std::string::npos) throw OptionError("command", "'command': an argument has a NUL byte");
  }
  const std::string& program = command.front();
  const bool is_path = program.find('/') != std::string::npos;
  const std::string file = (std::filesystem::path(surroundings.directory) / program).lexically_normal().string();
  const std::string_view path = path_in(surroundings.environment);
  const Found found = is_path ? look_at(file) : look_in(path, program);
  if (found == Found::yes) return;
  const std::string what = is_path ? quoted(file) : quoted(program);
  if (found == Found::not_executable) {
    throw OptionError("command", "'command': found " + what + ", which is not executable, expected a program");
  }
  throw OptionError("command", "'command': found " + what + ", expected a program that exists" +
                                   (is_path ? "" : " in PATH, which is " + std::string(path)));
}

}  // namespace netkit::process

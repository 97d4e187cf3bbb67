#include "processes.h"

#include <dirent.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace netkit::testing {
namespace {

namespace fs = std::filesystem;

std::optional<Process> describe(pid_t pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  Process process;
  process.pid = pid;
  process.name = text.substr(open + 1, close - open - 1);
  std::istringstream(text.substr(close + 1)) >> process.state >> process.parent >> process.group;
  return process;
}

}  // namespace

std::vector<Process> children_of(pid_t parent) {
  std::vector<Process> children;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::optional<Process> process = describe(std::stoi(name));
    if (process && process->parent == parent) children.push_back(*process);
  }
  return children;
}

pid_t launcher_pid() {
  for (const Process& child : children_of(::getpid())) {
    if (child.name == "netkit-launcher" && child.state != 'Z') return child.pid;
  }
  return 0;
}

pid_t parent_of(pid_t pid) {
  const std::optional<Process> process = describe(pid);
  return process ? process->parent : 0;
}

bool supervisors_rest() {
  const std::vector<Process> supervisors = children_of(launcher_pid());
  return std::all_of(supervisors.begin(), supervisors.end(), [](const Process& supervisor) {
    return supervisor.name == "netkit-launcher" && children_of(supervisor.pid).empty();
  });
}

bool is_running(pid_t pid) {
  const std::optional<Process> process = describe(pid);
  return process && process->state != 'Z' && process->state != 'X';
}

std::size_t open_descriptors(pid_t pid) {
  const fs::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

bool wait_until(const std::function<bool()>& true_now) {
  const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!true_now()) {
    if (std::chrono::steady_clock::now() > bound) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

void Survivor::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  pid_ = 0;
}

TemporaryFolder::TemporaryFolder() : path_((fs::temp_directory_path() / "netkit-test-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a folder like " + path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();  // unlike an iterator, takes a process that ends meanwhile for an empty file
  return text.str();
}

pid_t wait_for_pid(const std::string& path) {
  if (!wait_until([&] { return read_file(path).ends_with('\n'); })) throw std::runtime_error(path + " stays empty");
  return std::stoi(read_file(path));
}

}  // namespace netkit::testing

#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace netkit::testing {

/// What /proc/PID/stat says of a process.
struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  char state = '?';
  std::string name;
};

std::vector<Process> children_of(pid_t parent);

/// The launcher that this program's handlers started; 0 if there is none.
pid_t launcher_pid();

/// 0 if there is no such process.
pid_t parent_of(pid_t pid);

/// True if the launcher's supervisors are there and none has a child.
bool supervisors_rest();

/// True if there is such a process and it is not a zombie.
bool is_running(pid_t pid);

std::size_t open_descriptors(pid_t pid);

/// Looks again and again until `true_now` holds; false if it does not within 20 seconds.
bool wait_until(const std::function<bool()>& true_now);

/// A process that outlives its command, killed when the test is through with it.
class Survivor {
 public:
  explicit Survivor(pid_t pid) : pid_(pid) {}
  ~Survivor() { kill(); }
  Survivor(const Survivor&) = delete;
  Survivor& operator=(const Survivor&) = delete;

  pid_t pid() const { return pid_; }
  void kill();

 private:
  pid_t pid_;
};

/// A folder that is removed with all it holds.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Empty if there is no such file, or no such process any more.
std::string read_file(const std::string& path);

/// Waits until the file holds a line and returns the process id it starts with.
pid_t wait_for_pid(const std::string& path);

}  // namespace netkit::testing

#include "server/handover/handover_child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "server/handover/handover_parent.h"
#include "server/ports/passed_sockets.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr int kEndPatienceMs = 5000;  // from a process's last message to its end

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// The descriptors and signals for posix_spawn. First duplicates each descriptor above all target numbers, so that none
/// is overwritten before it is passed.
class SpawnPlan {
 public:
  explicit SpawnPlan(int most_descriptors) : lowest_(PassedSockets::kFirst + most_descriptors) {
    check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// Returns the descriptor's number in the new program.
  int pass(int fd) {
    UniqueFd above(::fcntl(fd, F_DUPFD_CLOEXEC, lowest_));
    if (!above) check(errno, "fcntl");
    const int number = PassedSockets::kFirst + static_cast<int>(passed_.size());
    check(::posix_spawn_file_actions_adddup2(&actions_, above.get(), number), "posix_spawn_file_actions_adddup2");
    passed_.push_back(std::move(above));
    return number;
  }

  pid_t start(const Invocation& invocation, std::vector<std::string> environment) {
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, lowest_), "posix_spawn_file_actions_addclosefrom_np");
    std::vector<std::string> words = invocation.arguments;
    pid_t pid = -1;
    check(::posix_spawn(&pid, invocation.path.c_str(), &actions_, &attributes_, pointers(words).data(),
                        pointers(environment).data()),
          "posix_spawn");
    return pid;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> all;
    all.reserve(words.size() + 1);
    for (std::string& word : words) all.push_back(word.data());
    all.push_back(nullptr);
    return all;
  }

  int lowest_;
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  std::vector<UniqueFd> passed_;
};

std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  environment.insert(environment.end(), more.begin(), more.end());
  return environment;
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return "was killed by " + std::string(::strsignal(WTERMSIG(status)));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

HandoverChild::HandoverChild(const Invocation& invocation, const Ports& ports) : deadline_(Clock::now() + kPatience) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) check(errno, "pipe2");
  link_ = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  SpawnPlan plan(static_cast<int>(ports.size()) + 1);
  std::string names;
  std::string files;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    Port& port = *ports[i];
    plan.pass(port.descriptor());
    names += (names.empty() ? "" : ":") + PassedSockets::name_for(port.listener());
    if (port.file().is_ours()) files += (files.empty() ? "" : ":") + std::to_string(i);
  }
  const int link = plan.pass(theirs.get());
  pid_ = plan.start(invocation, environment_with({
                                    "LISTEN_FDS=" + std::to_string(ports.size()),
                                    "LISTEN_FDNAMES=" + names,
                                    std::string(PassedSockets::kFilesVariable) + "=" + files,
                                    std::string(kHandoverParentVariable) + "=" + std::to_string(::getpid()) + ":" +
                                        std::to_string(link) + ":causes",
                                }));
}

HandoverChild::~HandoverChild() {
  if (state_ != State::starting) return;
  ::kill(pid_, SIGTERM);
  fail();
}

HandoverChild::State HandoverChild::look() {
  if (state_ != State::starting) return state_;
  const bool over = !read_link();
  if (state_ == State::ready) return state_;
  if (over) {
    fail();
  } else if (Clock::now() >= deadline_) {
    ::kill(pid_, SIGKILL);
    fail();
    failure_ = "it was not ready within " + std::to_string(kPatience.count()) + " s";
  }
  return state_;
}

/// False at the end of file: the child has exited or is about to.
bool HandoverChild::read_link() {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t count = ::read(link_.get(), bytes.data(), bytes.size());
    if (count <= 0) return count != 0;
    if (cause_.empty() && bytes.front() == 'r') {
      state_ = State::ready;
      return true;
    }
    if (cause_.size() < bytes.size()) cause_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

/// Waits for the child's end, or kills it.
void HandoverChild::fail() {
  state_ = State::failed;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd wait{process.get(), POLLIN, 0};
  if (::poll(&wait, 1, kEndPatienceMs) != 1) ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  failure_ = "it " + end_of(status);
  if (!cause_.empty()) failure_ += ": " + cause_.substr(1);
}

}  // namespace netkit

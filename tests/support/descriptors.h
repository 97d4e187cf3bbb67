#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "netkit/unique_fd.h"

namespace netkit::testing {

/// How many descriptors the epoll descriptors of this process watch.
inline std::size_t watched_descriptors() {
  std::size_t watched = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream info(entry.path());
    for (std::string line; std::getline(info, line);) watched += line.starts_with("tfd:") ? 1 : 0;
  }
  return watched;
}

/// A copy of each socket of this process, as a forked child has them.
inline std::vector<UniqueFd> copies_of_sockets() {
  std::vector<int> sockets;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) sockets.push_back(fd);
  }
  std::vector<UniqueFd> copies;
  for (const int fd : sockets) copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return copies;
}

}  // namespace netkit::testing

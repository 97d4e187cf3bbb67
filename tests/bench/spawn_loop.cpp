// The least a command server can do: reads length-framed shell commands, runs each by posix_spawn, reads its output to
// the end, reaps it and answers length-framed. Forks a process for each connection, so that several are served at
// once. usage: spawn-loop, prints its port; ends on SIGTERM.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "server.h"

namespace {

bool read_all(int fd, char* into, std::size_t count) {
  for (std::size_t got = 0; got < count;) {
    const ssize_t piece = ::read(fd, into + got, count - got);
    if (piece <= 0) return false;
    got += static_cast<std::size_t>(piece);
  }
  return true;
}

/// Standard output of the command; its standard error goes where the server's goes.
std::string run(std::string& command) {
  std::string shell = "/bin/sh";
  std::string option = "-c";
  char* const arguments[] = {shell.data(), option.data(), command.data(), nullptr};

  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) reference::fail("pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);

  std::string output;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(pipe[0], bytes, sizeof bytes)) > 0;) {
    output.append(bytes, static_cast<std::size_t>(got));
  }
  ::close(pipe[0]);
  if (error == 0) ::waitpid(child, nullptr, 0);
  return output;
}

void serve(int socket) {
  char field[reference::kField];
  while (read_all(socket, field, sizeof field)) {
    std::string command(reference::body_size(field), '\0');
    if (command.empty() || !read_all(socket, command.data(), command.size())) return;
    const std::string output = run(command);
    const std::uint32_t size = htonl(static_cast<std::uint32_t>(output.size()));
    std::memcpy(field, &size, sizeof field);
    const std::string answer = std::string(field, sizeof field) + output;
    if (::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(answer.size())) return;
  }
}

}  // namespace

int main() {
  const int listener = reference::bind_loopback(SOCK_STREAM);
  reference::announce(listener);
  std::signal(SIGCHLD, SIG_IGN);
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    if (::fork() == 0) {
      std::signal(SIGCHLD, SIG_DFL);
      serve(socket);
      ::_exit(0);
    }
    ::close(socket);
  }
}

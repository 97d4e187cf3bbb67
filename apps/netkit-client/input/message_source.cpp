#include "netkit-client/input/message_source.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "netkit-client/failure.h"
#include "netkit/unique_fd.h"

namespace netkit::client {

std::optional<std::string> ArgumentSource::next() {
  if (at_end()) return std::nullopt;
  return std::move(messages_[next_++]);
}

std::optional<std::string> LineSource::next() {
  while (!has_line() && !ended_) read_more();
  if (begin_ == pending_.size()) return std::nullopt;
  const bool ends = has_line();
  std::string line = pending_.substr(begin_, (ends ? scanned_ : pending_.size()) - begin_);
  begin_ = scanned_ = ends ? scanned_ + 1 : pending_.size();
  return line;
}

bool LineSource::at_end() {
  while (!has_line() && !ended_ && readable()) read_more();
  return ended_ && begin_ == pending_.size();
}

bool LineSource::ready() { return has_line() || ended_ || readable(); }

bool LineSource::has_line() {
  const std::size_t found = pending_.find('\n', scanned_);
  scanned_ = found == std::string::npos ? pending_.size() : found;
  return found != std::string::npos;
}

void LineSource::read_more() {
  constexpr std::size_t kRead = 64 << 10;
  pending_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const std::size_t old_size = pending_.size();
  pending_.resize(old_size + kRead);
  const ssize_t count = ::read(descriptor_, pending_.data() + old_size, kRead);
  pending_.resize(old_size + (count > 0 ? static_cast<std::size_t>(count) : 0));
  if (count == 0) ended_ = true;
  if (count < 0 && errno != EINTR) throw system_failure("cannot read standard input");
}

bool LineSource::readable() const {
  pollfd event{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&event, 1, 0) == 1;
}

std::optional<std::string> FileSource::next() {
  if (at_end()) return std::nullopt;
  const std::string& name = files_[next_++];
  const bool standard = name == "-";
  const UniqueFd file(standard ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string what = standard ? "standard input" : name;
  if (!file) throw system_failure("--data: cannot open " + what);
  std::string content;
  std::vector<char> block(256 << 10);
  for (;;) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count == 0) return content;
    if (count > 0) content.append(block.data(), static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) throw system_failure("--data: cannot read " + what);
  }
}

}  // namespace netkit::client

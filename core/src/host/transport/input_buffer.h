#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "netkit/buffer.h"

namespace netkit {

/// Reads a stream for somebody who cuts messages out of it. Reads go to memory that all connections of a loop share;
/// only what is left over is kept here, so that an idle connection holds no buffer. Loop thread only.
class InputBuffer {
 public:
  bool empty() const { return kept_.empty(); }
  /// What is kept: bytes that nobody could use yet.
  std::string_view view() const { return kept_.view(); }
  /// The memory that it holds, in bytes: after a large message more than is kept.
  std::size_t held() const { return kept_.capacity(); }
  void consume(std::size_t count) { kept_.consume(count); }
  void release() { kept_.release(); }

  /// One read. `receive(span)` reads as recv(2) does; `use(bytes)` is given what is kept and what has come, and returns
  /// how many bytes it has used; `keeps()` says whether the rest is still wanted. `shared` is the loop's memory;
  /// `wanted` is the size of the message at the front, or 0. Returns what `receive` has.
  template <class Receive, class Use, class Keeps>
  ssize_t read(std::span<char> shared, std::size_t wanted, Receive receive, Use use, Keeps keeps) {
    return kept_.size() <= shared.size() / 2 ? read_shared(shared, receive, use, keeps)
                                             : read_behind(wanted, receive, use, keeps);
  }

  /// Has `use` take from what is kept.
  template <class Use>
  void use_kept(Use use) {
    if (!kept_.empty()) kept_.consume(use(kept_.view()));
  }

 private:
  static constexpr std::size_t kLeastRead = std::size_t{16} << 10;  // room for a read behind a part of a message
  static constexpr std::size_t kBeside = 64;  // what a frame may have beside a body of a power of two

  template <class Receive, class Use, class Keeps>
  ssize_t read_shared(std::span<char> shared, Receive receive, Use use, Keeps keeps) {
    const std::size_t held = kept_.size();
    const ssize_t count = receive(shared.subspan(held, shared.size() / 2));
    if (count <= 0) return count;
    if (held > 0) std::memcpy(shared.data(), kept_.view().data(), held);
    kept_.clear();
    const std::string_view bytes(shared.data(), held + static_cast<std::size_t>(count));
    const std::size_t used = use(bytes);
    if (used < bytes.size() && keeps()) {
      kept_.append(bytes.substr(used));
    } else {
      kept_.release();
    }
    return count;
  }

  /// Behind a large part of a message, where it is kept. Memory follows what has come, never what was announced: at
  /// most as much again as there is already.
  template <class Receive, class Use, class Keeps>
  ssize_t read_behind(std::size_t wanted, Receive receive, Use use, Keeps keeps) {
    const std::size_t held = kept_.size();
    const std::size_t missing = wanted > held ? wanted - held : 0;
    std::size_t size = std::clamp(missing, kLeastRead, std::max(kLeastRead, held));
    // What fits is read first, as growing copies all that is held.
    if (kept_.room() >= std::max(missing, kBeside)) size = std::min(size, kept_.room());
    if (kept_.room() < size) kept_.reserve(std::max(size, held) + kBeside);
    const ssize_t count = receive(kept_.grow(size));
    kept_.truncate(held + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count > 0) use_kept(use);
    if (kept_.empty() || !keeps()) kept_.release();
    return count;
  }

  Buffer kept_;
};

}  // namespace netkit

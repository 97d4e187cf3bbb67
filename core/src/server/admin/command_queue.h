#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "admin/administration.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Commands of operators on their way to the main thread. Bounded: the admin endpoint has few connections, each with
/// one request at a time.
class CommandQueue {
 public:
  struct Item {
    AdminCommand command;
    Administration::Done done;
  };

  /// Throws std::system_error.
  CommandQueue();

  /// Any thread.
  void push(Item item);
  /// All there are. Main thread.
  std::vector<Item> take();
  /// Readable when there are some.
  int descriptor() const { return wake_.get(); }

 private:
  UniqueFd wake_;
  std::mutex mutex_;
  std::vector<Item> items_;  // guarded by mutex_
};

}  // namespace netkit

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hash_algorithm.h"
#include "hash_cache.h"
#include "regular_file.h"

namespace file_send {

/// Waits for a hash without a thread.
class HashWaiter {
 public:
  virtual ~HashWaiter() = default;
  /// False: the hash need not be computed for this one. Any thread.
  virtual bool wanted() const = 0;
  /// The only call, on a thread of the queue, unless it is wanted no more.
  virtual void take(const std::string& hash) = 0;
  virtual void fail(const std::string& reason) = 0;
};

/// Computes the hashes of large files, a piece at a time, on two threads that the first of them begins: one goes on
/// with the file that has the least left, so that short ones need not wait for long ones, the other with the one that
/// has waited the longest. All who ask for one file wait for one computation; it ends when none of them does any more.
/// Thread-safe.
class HashQueue {
 public:
  /// `cache` gets the hashes.
  explicit HashQueue(std::shared_ptr<HashCache> cache);
  /// What is not computed yet never is.
  ~HashQueue();
  HashQueue(const HashQueue&) = delete;
  HashQueue& operator=(const HashQueue&) = delete;

  /// False if the hash is being computed already. Throws std::system_error if there is no thread to be had.
  bool add(std::shared_ptr<const HashAlgorithm> algorithm, std::shared_ptr<const RegularFile> file,
           std::shared_ptr<HashWaiter> waiter);

  /// How many files wait or are read now.
  std::size_t size();

 private:
  struct Task;
  using Tasks = std::list<std::unique_ptr<Task>>;
  enum class Order : bool { shortest_first, oldest_first };

  Task* find(const HashCache::Key& key) const;
  void begin_threads();
  void run(Order order, char* block);
  Tasks take_next(Order order);
  static bool wanted(const Task& task);
  static void read_piece(Task& task, char* block);
  void complete(Task& task);
  Tasks put_back(Tasks one);
  static void tell(const Task& task);

  const std::shared_ptr<HashCache> cache_;
  std::mutex mutex_;
  std::condition_variable work_;
  Tasks waiting_;               // guarded by mutex_, as is all below
  std::vector<Task*> in_hand_;  // of a thread
  std::uint64_t last_number_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace file_send

#include "hash_queue.h"

#include <fcntl.h>
#include <pthread.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace file_send {
namespace {

constexpr std::size_t kBlock = std::size_t{512} << 10;
constexpr int kBlocksInTurn = 16;  // some milliseconds of hashing

}  // namespace

struct HashQueue::Task {
  Task(HashCache::Key its_key, bool its_may_keep, std::shared_ptr<const HashAlgorithm> its_algorithm,
       std::shared_ptr<const RegularFile> its_file)
      : key(std::move(its_key)),
        may_keep(its_may_keep),
        algorithm(std::move(its_algorithm)),
        file(std::move(its_file)),
        hashing(algorithm->begin()) {}

  std::uint64_t left() const { return file->size() - std::min(offset, file->size()); }
  bool over() const { return complete || !failure.empty(); }

  const HashCache::Key key;
  const bool may_keep;
  const std::shared_ptr<const HashAlgorithm> algorithm;
  const std::shared_ptr<const RegularFile> file;
  std::vector<std::shared_ptr<HashWaiter>> waiters{};  // guarded by the queue
  Hashing hashing;
  std::uint64_t number = 0;  // in the order they came
  std::uint64_t offset = 0;
  bool complete = false;
  std::string hash{};
  std::string failure{};
};

HashQueue::HashQueue(std::shared_ptr<HashCache> cache) : cache_(std::move(cache)) {}

HashQueue::~HashQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool HashQueue::add(std::shared_ptr<const HashAlgorithm> algorithm, std::shared_ptr<const RegularFile> file,
                    std::shared_ptr<HashWaiter> waiter) {
  HashCache::Key key{algorithm->name(), file->stamp()};
  const std::lock_guard lock(mutex_);
  // The content may have changed unnoticed since a hash was begun that may not be kept: it is for one alone.
  if (Task* const task = find(key); task != nullptr && task->may_keep) {
    task->waiters.push_back(std::move(waiter));
    return false;
  }
  begin_threads();
  const bool may_keep = cache_->settled(key.stamp);
  auto task = std::make_unique<Task>(std::move(key), may_keep, std::move(algorithm), std::move(file));
  // Advice only: it affects nothing but speed.
  static_cast<void>(::posix_fadvise(task->file->descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL));
  task->waiters.push_back(std::move(waiter));
  task->number = ++last_number_;
  waiting_.push_back(std::move(task));
  work_.notify_one();
  return true;
}

std::size_t HashQueue::size() {
  const std::lock_guard lock(mutex_);
  return waiting_.size() + in_hand_.size();
}

/// Null if that hash is not being computed.
HashQueue::Task* HashQueue::find(const HashCache::Key& key) const {
  const auto is_it = [&](const Task& task) { return task.key == key; };
  for (const auto& task : waiting_) {
    if (is_it(*task)) return task.get();
  }
  for (Task* task : in_hand_) {
    if (is_it(*task)) return task;
  }
  return nullptr;
}

/// Unless they are there. One will do where no other can be had.
void HashQueue::begin_threads() {
  in_hand_.reserve(2);
  for (const Order order : {Order::shortest_first, Order::oldest_first}) {
    if (threads_.size() > static_cast<std::size_t>(order)) continue;
    try {
      std::shared_ptr<char[]> block(new char[kBlock]);  // not make_shared, which would zero it
      threads_.emplace_back([this, order, block = std::move(block)] { run(order, block.get()); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;
    }
  }
}

void HashQueue::run(Order order, char* block) {
  ::pthread_setname_np(::pthread_self(), "netkit-hash");
  for (;;) {
    Tasks one = take_next(order);
    if (one.empty()) return;
    read_piece(*one.front(), block);
    if (one.front()->complete) complete(*one.front());
    const Tasks over = put_back(std::move(one));
    for (const auto& task : over) tell(*task);
  }
}

/// The next to go on with; none at the end. Drops those that nobody waits for.
HashQueue::Tasks HashQueue::take_next(Order order) {
  Tasks dropped;  // destroyed without the lock
  Tasks one;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (waiting_.empty() && !dropped.empty()) {
      lock.unlock();
      dropped.clear();
      lock.lock();
    }
    work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return one;
    const auto rank = [order](const auto& task) {
      return order == Order::shortest_first ? task->left() : task->number;
    };
    const auto next = std::ranges::min_element(waiting_, {}, rank);
    if (wanted(**next)) {
      one.splice(one.end(), waiting_, next);
      in_hand_.push_back(one.front().get());
      return one;
    }
    dropped.splice(dropped.end(), waiting_, next);
  }
}

bool HashQueue::wanted(const Task& task) {
  return std::ranges::any_of(task.waiters, [](const auto& waiter) { return waiter->wanted(); });
}

void HashQueue::read_piece(Task& task, char* block) {
  try {
    for (int i = 0; i < kBlocksInTurn && !task.complete; ++i) {
      const std::size_t count = task.file->read({block, kBlock}, task.offset);
      task.hashing.add({block, count});
      task.offset += count;
      task.complete = count < kBlock;
    }
  } catch (const std::exception& error) {
    task.failure = error.what();
  }
}

/// Its hash is there for those who ask from now on.
void HashQueue::complete(Task& task) {
  try {
    task.hash = task.hashing.hex();
    if (task.may_keep) cache_->keep(task.key, task.hash);
  } catch (const std::exception& error) {
    task.failure = error.what();
  }
}

/// Puts a task back that is not over; returns one that is, which nobody joins any more.
HashQueue::Tasks HashQueue::put_back(Tasks one) {
  const std::lock_guard lock(mutex_);
  std::erase(in_hand_, one.front().get());
  if (one.front()->over()) return one;
  waiting_.splice(waiting_.end(), one);
  return {};
}

void HashQueue::tell(const Task& task) {
  for (const auto& waiter : task.waiters) {
    try {
      if (task.failure.empty()) {
        waiter->take(task.hash);
      } else {
        waiter->fail(task.failure);
      }
    } catch (const std::exception&) {
      continue;  // no memory for its answer: the end of its reply ends the conversation
    }
  }
}

}  // namespace file_send

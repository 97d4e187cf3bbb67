// Loaded into a server with LD_PRELOAD: has calls of the C library fail as they do on a machine that has run out.
// Which, and how often, stands in the file that TORTURE_FAILING names: for each call two 32-bit numbers, every how many
// times it fails (0: never), which may be altered at any time, and how often it has failed. ordeals/operations.py knows
// the order.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
}

namespace {

enum Call { kMalloc, kThread, kAccept, kWatch, kCalls };

struct Order {
  std::atomic<std::uint32_t> every;
  std::atomic<std::uint32_t> failed;
};

std::atomic<Order*> orders{nullptr};
std::atomic<std::uint32_t> counts[kCalls];

__attribute__((constructor)) void map_orders() {
  const char* path = std::getenv("TORTURE_FAILING");
  if (path == nullptr) return;
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* map = ::mmap(nullptr, kCalls * sizeof(Order), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (map != MAP_FAILED) orders = static_cast<Order*>(map);
}

bool fails(Call call) {
  Order* all = orders.load(std::memory_order_relaxed);
  if (all == nullptr) return false;
  const std::uint32_t every = all[call].every.load(std::memory_order_relaxed);
  if (every == 0 || ++counts[call] % every != 0) return false;
  ++all[call].failed;
  return true;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void* malloc(std::size_t size) {
  if (!fails(kMalloc)) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}

__attribute__((visibility("default"))) void* calloc(std::size_t count, std::size_t size) {
  if (!fails(kMalloc)) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}

__attribute__((visibility("default"))) void* realloc(void* block, std::size_t size) {
  if (!fails(kMalloc)) return __libc_realloc(block, size);
  errno = ENOMEM;
  return nullptr;
}

__attribute__((visibility("default"))) int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                                          void* (*run)(void*), void* argument) {
  static const auto next = real<decltype(pthread_create)>("pthread_create");
  return fails(kThread) ? EAGAIN : next(thread, attributes, run, argument);
}

__attribute__((visibility("default"))) int accept4(int socket, sockaddr* address, socklen_t* size, int flags) {
  static const auto next = real<decltype(accept4)>("accept4");
  if (!fails(kAccept)) return next(socket, address, size, flags);
  errno = ENFILE;
  return -1;
}

__attribute__((visibility("default"))) int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  static const auto next = real<decltype(epoll_ctl)>("epoll_ctl");
  if (operation != EPOLL_CTL_ADD || !fails(kWatch)) return next(epoll, operation, fd, event);
  errno = ENOMEM;
  return -1;
}

}  // extern "C"

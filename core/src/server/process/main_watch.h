#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "netkit/log.h"
#include "server/process/signal_receiver.h"

namespace netkit {

/// Watches the main thread where it runs plugin code: makes and ends handlers, at a reload most of all. If that does
/// not return, the log says where it is, and a second signal ends the process (status 70), though the main thread waits
/// for none. Has a thread, which sleeps until there is reason to look. Main thread.
class MainWatch {
 public:
  /// Both outlive it. Throws std::system_error.
  MainWatch(SignalReceiver& signals, Log& log);
  ~MainWatch();
  MainWatch(const MainWatch&) = delete;
  MainWatch& operator=(const MainWatch&) = delete;

  /// The main thread works from now on, and waits for no signals.
  void begin();
  /// It waits, or does what returns by itself.
  void end();

 private:
  void run();
  void look();
  void tell(std::string_view event, const std::string& what);

  SignalReceiver& signals_;
  Log& log_;
  const pthread_t main_;
  timer_t timer_{};
  std::atomic<pid_t> id_{0};  // of the thread, once it runs
  std::atomic<bool> over_{false};
  std::atomic<bool> works_{false};
  std::atomic<TimePoint> since_{};
  TimePoint told_{};  // of the thread: since when it works that it has told of
  std::thread thread_;
};

}  // namespace netkit

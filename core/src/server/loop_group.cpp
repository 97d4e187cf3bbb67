#include "server/loop_group.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "admission/memory_budget.h"
#include "base/run_guarded.h"
#include "host/listener/drain_cut.h"
#include "host/loop/cpu_set.h"
#include "server/memory/heap.h"
#include "server/memory/memory_relief.h"
#include "server/process/crash_report.h"

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kLook{10};  // how often wait_for() looks

std::vector<std::unique_ptr<EventLoop>> make_loops(const EventLoops& config, Log& log) {
  // Counts the processors that this process may use, in a container or under taskset, not those of the machine: two
  // loops on one processor wait for each other.
  const std::size_t cores = std::max<std::size_t>(1, CpuSet::of_this_thread().each().size());
  const std::size_t count = config.count > 0 ? config.count : cores;
  std::vector<std::unique_ptr<EventLoop>> loops;
  for (std::size_t i = 0; i < count; ++i) loops.push_back(std::make_unique<EventLoop>(config.spin, log, i));
  return loops;
}

LoopRoundRobin round_robin_of(const std::vector<std::unique_ptr<EventLoop>>& loops) {
  std::vector<EventLoop*> pointers;
  pointers.reserve(loops.size());
  for (const auto& loop : loops) pointers.push_back(loop.get());
  return LoopRoundRobin(std::move(pointers));
}

}  // namespace

LoopGroup::LoopGroup(const EventLoops& config, HostLog& log)
    : log_(log),
      pin_(config.pin),
      loops_(make_loops(config, log)),
      round_robin_(round_robin_of(loops_)),
      watchdog_(loops_, log) {}

void LoopGroup::start() {
  for (const auto& loop : loops_) {
    loop->start();
    loop->post(prepare_thread_for_crash);
  }
  if (pin_) pin();
}

/// Pins each loop to a processor, round robin if there are more loops.
void LoopGroup::pin() {
  const std::vector<CpuSet> cpus = CpuSet::of_this_thread().each();
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    if (cpus.empty() || !loops_[i]->confine(cpus[i % cpus.size()])) {
      log_.event(LogLevel::warning, "not-pinned",
                 {{"loop", static_cast<std::int64_t>(i)},
                  {"text", "event_loops.pin: cannot choose a processor for an event loop"}});
    }
  }
}

void LoopGroup::give_back_memory() {
  const auto nothing = [](const char* /*why*/) {};  // no memory for the message: the next trim does it
  for (const auto& loop : loops_) run_guarded([&] { loop->post(give_back_end_of_own_heap); }, nothing);
}

void LoopGroup::relieve(MemoryBudget& memory) { relieve(memory, MemoryBudget::kHeavy); }

/// One round: conversations that weigh `least` and more.
void LoopGroup::relieve(MemoryBudget& memory, std::size_t least) {
  relieving_ = loops_.size();
  const auto done = [this, &memory, least] {
    if (--relieving_ == 0) relieved(memory, least);
  };
  for (const auto& loop : loops_) {
    const auto relieve_one = [done, &memory, least, &loop = *loop] {
      end_heaviest(loop, memory, least);
      done();
    };
    run_guarded([&] { loop->post(relieve_one); }, [&](const char* /*why*/) { done(); });
  }
}

/// All loops have had their round. Light conversations end only where no loop has a heavy one any more.
void LoopGroup::relieved(MemoryBudget& memory, std::size_t least) {
  if (memory.tight() && least > MemoryBudget::kStep) return relieve(memory, MemoryBudget::kStep);
  memory.relieved();
}

bool LoopGroup::idle() const {
  return std::all_of(loops_.begin(), loops_.end(), [](const auto& loop) { return loop->channels() == 0; });
}

void LoopGroup::drain() {
  for (const auto& loop : loops_) {
    loop->post([this, &loop = *loop] {
      loop.for_each([](Channel& channel) { channel.drain(); });
      ++draining_;
    });
  }
}

bool LoopGroup::wait_for(const std::function<bool()>& over, TimePoint deadline, const std::function<bool()>& hurry) {
  while (!over() && Clock::now() < deadline) {
    std::this_thread::sleep_for(kLook);
    watchdog_.tend(Clock::now());
    if (hurry()) return true;
  }
  return false;
}

std::function<bool()> LoopGroup::abort() {
  const auto left = std::make_shared<std::atomic<std::size_t>>(loops_.size());  // loops that have yet to do it
  for (const auto& loop : loops_) {
    loop->post([left, &log = log_, &loop = *loop] {
      loop.for_each([&log](Channel& channel) { cut_off(channel, log); });
      --*left;
    });
  }
  return [left] { return *left == 0; };
}

void LoopGroup::stop() {
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace netkit

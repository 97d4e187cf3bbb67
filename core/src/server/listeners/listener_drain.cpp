#include "server/listeners/listener_drain.h"

#include <algorithm>
#include <string>

#include "host/listener/drain_cut.h"

namespace netkit {
namespace {

std::string client_rules_of(const ListenerContext& context) {
  return context.tls ? context.tls->client_rules() : std::string();
}

bool admits_other_addresses(const ListenerContext& before, const ListenerContext& now) {
  return before.access.allow != now.access.allow || before.access.deny != now.access.deny ||
         before.proxy.protocol != now.proxy.protocol || before.proxy.from != now.proxy.from;
}

/// True if the two may not let in the same peers. The mode of a Unix socket is its file's, and no part of a context.
bool may_admit_others(const ListenerContext& before, const ListenerContext& now) {
  return now.transport == "unix" || admits_other_addresses(before, now) ||
         client_rules_of(before) != client_rules_of(now);
}

void readmit_channels(EventLoop& loop, const ListenerContext& before, const ListenerContext& now) {
  loop.for_each([&](Channel& channel) {
    if (channel.belongs_to(before)) channel.readmit(now);
  });
}

}  // namespace

template <class Act>
void ListenerDrain::for_each_channel(const std::shared_ptr<ListenerContext>& context, Act act) {
  for (EventLoop* loop : loops_.all()) {
    loop->post([loop, context, act] {
      loop->for_each([&](Channel& channel) {
        if (channel.belongs_to(*context)) act(channel);
      });
    });
  }
}

void ListenerDrain::begin(const std::shared_ptr<ListenerContext>& context, TimePoint deadline) {
  for_each_channel(context, [](Channel& channel) { channel.drain(); });
  retiring_.push_back({context, deadline});
}

void ListenerDrain::readmit(const ServedListener& listener) {
  for (const ServedListener::Former& former : listener.formers) {
    const std::shared_ptr<ListenerContext> before = former.context.lock();
    const std::shared_ptr<Port> port = former.port.lock();
    for (const ServedListener::Part& part : listener.parts) {
      if (before && part.port == port && may_admit_others(*before, *part.context)) readmit(before, part.context);
    }
  }
}

/// Twice: a loop that accepts may just have handed a connection to another one, by the former settings. It stands in
/// the other's queue before what the first posts there behind it.
void ListenerDrain::readmit(const std::shared_ptr<ListenerContext>& before,
                            const std::shared_ptr<ListenerContext>& now) {
  for (EventLoop* loop : loops_.all()) {
    loop->post([loop, all = loops_.all(), before, now] {
      readmit_channels(*loop, *before, *now);
      for (EventLoop* other : all) {
        if (other != loop) other->post([other, before, now] { readmit_channels(*other, *before, *now); });
      }
    });
  }
}

void ListenerDrain::cancel(const std::shared_ptr<ListenerContext>& context) {
  std::erase_if(retiring_, [&](const Retiring& one) { return one.context.lock() == context; });
}

void ListenerDrain::tend(TimePoint now) {
  std::erase_if(retiring_, [&](const Retiring& one) {
    const std::shared_ptr<ListenerContext> context = one.context.lock();
    if (context && one.deadline <= now) {
      for_each_channel(context, [&log = log_](Channel& channel) { cut_off(channel, log); });
    }
    return !context || one.deadline <= now;
  });
}

TimePoint ListenerDrain::next() const {
  TimePoint next = TimePoint::max();
  for (const Retiring& one : retiring_) next = std::min(next, one.deadline);
  return next;
}

}  // namespace netkit

#include "host/datagram/datagram_sender.h"

namespace netkit {

std::size_t DatagramSender::add(const Output& answers, const DatagramRoute& route, AnswerBudget& budget,
                                ListenerContext& context) {
  const std::string_view bytes = answers.view();
  std::size_t start = 0;
  std::size_t added = 0;
  for (const std::size_t end : answers.message_ends()) {
    if (const DatagramDrop why = budget.take(end - start); why == DatagramDrop::none) {
      writer_.add(bytes.substr(start, end - start), route);
      added += end - start;
    } else {
      context.dropped(why, route.from);
    }
    start = end;
    if (writer_.full()) flush();
  }
  TrafficCounters::Shard::add(context.counters.traffic.of_loop(loop_.index()).sent_bytes, added);
  return added;
}

void DatagramSender::flush_soon() {
  if (pending_) return;
  loop_.post([this] {
    pending_ = false;
    flush();
    idle_();
  });
  pending_ = true;
}

}  // namespace netkit

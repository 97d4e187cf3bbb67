#include "host/datagram/datagram_guard.h"

#include <algorithm>
#include <utility>

namespace netkit {
namespace {

constexpr std::uint64_t kUdpHeader = 8;
constexpr std::uint64_t kIpv4Header = 20;
constexpr std::uint64_t kIpv6Header = 40;
constexpr std::uint64_t kIpv6Fragment = 8;  // of each fragment, if there is more than one

// Ethernet (IEEE 802.3): the payload of a frame, and what else it takes: header and checksum, preamble, gap.
constexpr std::uint64_t kLeastPayload = 46;
constexpr std::uint64_t kMostPayload = 1500;
constexpr std::uint64_t kAroundPayload = 18 + 8 + 12;

constexpr int kMostLocalRounds = 8;  // between servers of this machine that answer each other

std::uint64_t times(std::uint64_t count, std::uint64_t factor) {
  return count > AnswerBudget::kUnlimited / factor ? AnswerBudget::kUnlimited : count * factor;
}

std::uint64_t sum(std::uint64_t one, std::uint64_t other) {
  return one > AnswerBudget::kUnlimited - other ? AnswerBudget::kUnlimited : one + other;
}

}  // namespace

DatagramGuard::DatagramGuard(const SharedPortSet& own_ports, IsLocal is_local)
    : own_ports_(own_ports), is_local_(std::move(is_local)) {}

DatagramDrop DatagramGuard::judge(const DatagramRules& rules, DatagramRoute& route) const {
  if (route.to_many()) return DatagramDrop::to_many;
  if (route.rounds() > 0 && !is_of_this_machine(route.from)) route.forget_rounds();
  if (route.rounds() >= kMostLocalRounds && rules.service_rate.limited()) return DatagramDrop::answer_loop;
  if (!route.from.is_unicast()) return DatagramDrop::bad_source;
  const std::uint16_t port = route.from.port();
  if (rules.refused_ports.contains(port)) return DatagramDrop::refused_port;
  if (own_ports_.contains(port) && is_of_this_machine(route.from)) return DatagramDrop::own_port;
  return DatagramDrop::none;
}

AnswerBudget DatagramGuard::budget(const DatagramRules& rules, const PeerAddress& from, std::size_t size,
                                   TimePoint now) {
  const bool looks_like_server = from.port() < lowest_client_port() && rules.service_rate.limited();
  if (looks_like_server && !services_.admit(from, rules.service_rate, now)) {
    return AnswerBudget::none(DatagramDrop::service_rate);
  }
  if (from.is_loopback()) {
    return {{AnswerBudget::kUnlimited, AnswerBudget::kUnlimited}, rules.max_answers, from.ipv6()};
  }
  const DatagramCost cost = DatagramCost::of(size, from.ipv6());
  const std::uint64_t factor = rules.max_amplification;
  return {{times(cost.packet, factor), times(cost.frames, factor)}, rules.max_answers, from.ipv6()};
}

DatagramCost DatagramCost::of(std::size_t size, bool ipv6) {
  const std::uint64_t header = ipv6 ? kIpv6Header : kIpv4Header;
  const std::uint64_t payload = kUdpHeader + size;
  DatagramCost cost{.packet = header + payload};
  if (cost.packet <= kMostPayload) {
    cost.frames = std::max(cost.packet, kLeastPayload) + kAroundPayload;
    return cost;
  }
  const std::uint64_t around = header + (ipv6 ? kIpv6Fragment : 0);
  const std::uint64_t piece = (kMostPayload - around) / 8 * 8;  // what fragments carry, in units of 8 bytes
  cost.frames = payload + (payload + piece - 1) / piece * (around + kAroundPayload);
  return cost;
}

DatagramDrop AnswerBudget::take_limited(std::size_t size) {
  if (answers_ == 0) return DatagramDrop::too_many_answers;
  const DatagramCost cost = DatagramCost::of(size, ipv6_);
  if (cost.packet > left_.packet || cost.frames > left_.frames) return why_;
  left_.packet -= cost.packet;
  left_.frames -= cost.frames;
  --answers_;
  return DatagramDrop::none;
}

void AnswerBudget::add(const AnswerBudget& other) {
  left_.packet = sum(left_.packet, other.left_.packet);
  left_.frames = sum(left_.frames, other.left_.frames);
}

}  // namespace netkit

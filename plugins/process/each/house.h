#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "counters.h"
#include "each/slots.h"
#include "netkit/metrics.h"
#include "program/supervision.h"
#include "settings.h"

namespace netkit::process {

/// What lives in a House: a program that serves one conversation or message.
class Tenant {
 public:
  virtual ~Tenant() = default;
};

/// What all programs of a listener share that each serve one conversation or message. A tenant lives from its admission
/// until it leaves, or the house does.
class House {
 public:
  House(Settings settings, HandlerContext context);

  const Settings& settings() const { return settings_; }
  const Listener& services() const { return context_.services; }
  Slots& slots() { return slots_; }
  Supervisions& supervisions(std::size_t loop) { return *supervisions_[loop]; }
  /// Of that loop; loop thread.
  void admit(std::size_t loop, std::shared_ptr<Tenant> tenant) { tenants_[loop].insert(std::move(tenant)); }
  void dismiss(std::size_t loop, const std::shared_ptr<Tenant>& tenant) { tenants_[loop].erase(tenant); }

  /// Counts a program that has started, and one that has failed.
  void count_start() { started_.add(); }
  void count_failure() { failed_.add(); }
  /// Counts a message that nobody waits for an answer to and that has got no program.
  void count_loss() { lost_.add(); }
  Gauge queue_length() const { return count_queue(context_); }

 private:
  const Settings settings_;
  const HandlerContext context_;
  Slots slots_;
  Counter started_;
  Counter failed_;
  Counter lost_;
  std::vector<std::unique_ptr<Supervisions>> supervisions_;
  std::vector<std::unordered_set<std::shared_ptr<Tenant>>> tenants_;
};

}  // namespace netkit::process

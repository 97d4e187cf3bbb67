#include "handler/facilities.h"

#include <stdexcept>
#include <utility>

namespace netkit::lua {
namespace {

/// The table of a listener outlives a reload: a new handler finds the one of its predecessor.
std::shared_ptr<SharedTable> shared_table(const std::string& listener, std::size_t most) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<SharedTable>> tables;
  const std::lock_guard lock(mutex);
  std::erase_if(tables, [](const auto& one) { return one.second.expired(); });
  std::weak_ptr<SharedTable>& known = tables[listener];
  std::shared_ptr<SharedTable> table = known.lock();
  if (table) {
    table->set_most(most);
  } else {
    table = std::make_shared<SharedTable>(most);
    known = table;
  }
  return table;
}

}  // namespace

std::shared_ptr<const Group> Groups::named(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found != groups_.end()) return found->second;
  if (groups_.size() >= sweep_at_) sweep();
  if (groups_.size() >= kMost) throw std::length_error("there are " + std::to_string(kMost) + " groups already");
  return groups_.emplace(name, std::make_shared<const Group>(services_.make_group(SlowMember::skip))).first->second;
}

void Groups::sweep() {
  std::erase_if(groups_, [](const auto& one) { return one.second.use_count() == 1 && one.second->size() == 0; });
  sweep_at_ = std::max(groups_.size() * 2, kFirstSweep);
}

Facilities::Facilities(const Options& options, const HandlerContext& context)
    : log(context.log),
      targets(options.targets("connect")),
      memory(options.size("memory")),
      shared(context.services.loops() == 0 ? std::make_shared<SharedTable>(options.size("memory"))
                                           : shared_table(context.listener, options.size("memory"))),
      groups(context.services) {
  if (!context.metrics) return;
  errors = context.metrics->counter("script_errors", "calls of the script that ended with an error");
  over_budget = context.metrics->counter("script_over_budget", "calls that used up their processor time");
  over_memory = context.metrics->counter("script_over_memory", "calls that needed more than the script's memory");
}

}  // namespace netkit::lua

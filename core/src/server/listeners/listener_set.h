#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "host/listener/listener_totals.h"
#include "server/listeners/served_listener.h"

namespace netkit {

/// The listeners that a server serves, in the order of the config. Main thread.
class ListenerSet {
 public:
  using Listeners = std::vector<std::shared_ptr<ServedListener>>;

  /// What replace() has taken out.
  struct Replaced {
    Listeners listeners;  ///< All that were served before, unchanged ones included.
    /// Contexts whose port is served no more: their connections are to be drained.
    std::vector<std::shared_ptr<ListenerContext>> orphans;
  };

  const Listeners& all() const { return listeners_; }
  /// Null if there is no listener of that name.
  std::shared_ptr<ServedListener> find(const std::string& name) const;

  /// Serves the listeners of `config` from now on: those in `fresh` are new or changed, the others go on as they are.
  /// A changed listener that keeps a port keeps track of the connections which began there.
  Replaced replace(const ServerConfig& config, const Listeners& fresh);
  void clear() { listeners_.clear(); }

  /// Returns the counters of each listener and transport that has counted anything.
  std::vector<ListenerTotals> totals() const;

 private:
  Listeners merge(const ServerConfig& config, const Listeners& fresh) const;

  Listeners listeners_;
};

}  // namespace netkit

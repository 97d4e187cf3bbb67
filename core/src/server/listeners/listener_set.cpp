#include "server/listeners/listener_set.h"

#include <algorithm>
#include <utility>

namespace netkit {
namespace {

std::shared_ptr<ServedListener> named(const ListenerSet::Listeners& listeners, const std::string& name) {
  const auto found =
      std::find_if(listeners.begin(), listeners.end(), [&](const auto& one) { return one->config.name == name; });
  return found == listeners.end() ? nullptr : *found;
}

bool serves_by(const ServedListener& listener, const std::shared_ptr<Port>& port) {
  return std::any_of(listener.parts.begin(), listener.parts.end(), [&](const auto& part) { return part.port == port; });
}

/// Sorts the contexts of a replaced or removed listener: if its port is also one of `after`, the connections go on and
/// `after` keeps track of them; the others become orphans.
void sort_contexts(const ServedListener& before, ServedListener* after,
                   std::vector<std::shared_ptr<ListenerContext>>& orphans) {
  const auto pass_on = [&](const std::shared_ptr<ListenerContext>& context, const std::shared_ptr<Port>& port) {
    if (!context) return;
    if (after != nullptr && port && serves_by(*after, port)) {
      after->formers.push_back({context, port});
    } else {
      orphans.push_back(context);
    }
  };
  for (const ServedListener::Former& former : before.formers) pass_on(former.context.lock(), former.port.lock());
  for (const ServedListener::Part& part : before.parts) pass_on(part.context, part.port);
}

}  // namespace

std::shared_ptr<ServedListener> ListenerSet::find(const std::string& name) const { return named(listeners_, name); }

/// Returns the listeners in the order of the config: new ones from `fresh`, unchanged ones as they are.
ListenerSet::Listeners ListenerSet::merge(const ServerConfig& config, const Listeners& fresh) const {
  Listeners merged;
  for (const ListenerConfig& listener : config.listeners) {
    std::shared_ptr<ServedListener> found = named(fresh, listener.name);
    merged.push_back(found ? std::move(found) : find(listener.name));
  }
  return merged;
}

ListenerSet::Replaced ListenerSet::replace(const ServerConfig& config, const Listeners& fresh) {
  Replaced replaced{std::exchange(listeners_, merge(config, fresh)), {}};
  for (const auto& listener : replaced.listeners) {
    if (const auto after = find(listener->config.name); after != listener)
      sort_contexts(*listener, after.get(), replaced.orphans);
  }
  return replaced;
}

std::vector<ListenerTotals> ListenerSet::totals() const {
  std::vector<ListenerTotals> all;
  for (const auto& listener : listeners_) {
    for (const ServedListener::Part& part : listener->parts) {
      ListenerTotals totals = part.context->totals();
      if (&part == &listener->parts.front()) totals.plugin = listener->metrics->numbers();
      if (totals.any()) all.push_back(std::move(totals));
    }
  }
  return all;
}

}  // namespace netkit

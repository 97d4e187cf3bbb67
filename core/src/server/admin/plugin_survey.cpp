#include "server/admin/plugin_survey.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

/// What the loops have counted so far. The last one hands it over.
class Count {
 public:
  Count(std::size_t loops, std::function<void(const PluginUsers&)> done) : left_(loops), done_(std::move(done)) {}

  void add(const PluginUsers& users) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [plugin, count] : users) all_[plugin] += count;
      if (--left_ > 0) return;
    }
    done_(all_);
  }

 private:
  std::mutex mutex_;
  std::size_t left_;
  PluginUsers all_;
  const std::function<void(const PluginUsers&)> done_;
};

/// The addresses of the libraries that a listener's context runs on.
std::set<const void*> plugins_of(const ListenerContext& context) {
  std::set<const void*> plugins;
  for (const std::shared_ptr<const void>& plugin : context.protocol.plugins) plugins.insert(plugin.get());
  return plugins;
}

PluginUsers users_on(EventLoop& loop) {
  std::map<const ListenerContext*, std::uint64_t> conversations;
  loop.for_each([&](Channel& channel) {
    if (const ListenerContext* context = channel.conversation_of()) ++conversations[context];
  });
  PluginUsers users;
  for (const auto& [context, count] : conversations) {
    for (const void* plugin : plugins_of(*context)) users[plugin] += count;
  }
  return users;
}

std::set<std::string> listeners_with(const PluginLibrary* library, const ListenerDirectory::Entries& listeners) {
  std::set<std::string> names;
  for (const ListenerDirectory::Entry& entry : listeners) {
    if (plugins_of(*entry.context).contains(library)) names.insert(entry.context->name);
  }
  return names;
}

}  // namespace

void count_users(const std::vector<EventLoop*>& loops, std::function<void(const PluginUsers&)> done) {
  const auto count = std::make_shared<Count>(loops.size(), std::move(done));
  for (EventLoop* loop : loops) {
    loop->post([count, loop] { count->add(users_on(*loop)); });
  }
}

Json plugins_json(const std::vector<PluginLibraries::Loaded>& loaded, const ListenerDirectory::Entries& listeners,
                  const PluginUsers& users) {
  Json list = Json::array();
  for (const PluginLibraries::Loaded& one : loaded) {
    const auto counted = users.find(one.library);
    list.push_back({{"file", one.file},
                    {"generation", one.generation},
                    {"name", one.name},
                    {"version", one.version},
                    {"api", one.api},
                    {"handlers", one.types.handlers},
                    {"filters", one.types.filters},
                    {"framings", one.types.framings},
                    {"listeners", listeners_with(one.library, listeners)},
                    {"conversations", counted == users.end() ? 0 : counted->second}});
  }
  return list;
}

}  // namespace netkit

#include "server/reload/reload_plan.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace netkit {
namespace {

const FlatListener* find(const std::vector<FlatListener>& listeners, const std::string& name) {
  const auto found =
      std::find_if(listeners.begin(), listeners.end(), [&](const auto& one) { return one.name == name; });
  return found == listeners.end() ? nullptr : &*found;
}

std::set<std::string> differences(const FlatSettings& one, const FlatSettings& other) {
  std::set<std::string> keys;
  for (const auto& [key, value] : one) {
    const auto found = other.find(key);
    if (found == other.end() || found->second != value) keys.insert(key);
  }
  for (const auto& [key, value] : other) {
    if (!one.contains(key)) keys.insert(key);
  }
  return keys;
}

/// Replaces all keys below `parent` by `parent`.
void merge(std::set<std::string>& keys, const std::string& parent) {
  const std::string prefix = parent + ".";
  const auto below = [&](const std::string& key) { return key.starts_with(prefix); };
  if (std::erase_if(keys, below) > 0) keys.insert(parent);
}

/// Shortens the keys for a reader. A change of handler changes its options too, and a framing that now differs by
/// direction has other keys: only the handler and the framing are named.
std::vector<std::string> readable(std::set<std::string> keys) {
  if (keys.contains("handler.type")) merge(keys, "handler");
  const auto erase_below = [&](const char* prefix) {
    return std::erase_if(keys, [&](const auto& key) { return key.starts_with(prefix); }) > 0;
  };
  if (erase_below("handler.plugin")) keys.insert("handler (plugin file)");
  if (erase_below("filters.plugin.") && !keys.contains("filters")) keys.insert("filters (plugin file)");
  if (erase_below("handler.files.")) keys.insert("handler (files)");
  if (erase_below("filters.files.")) keys.insert("filters (files)");
  const bool other_framing_plugin = erase_below("framing.plugin.");
  const bool other_framing_files = erase_below("framing.files.");
  if (erase_below("tls.files.")) keys.insert("tls (files)");
  merge(keys, "framing");
  if (other_framing_plugin && !keys.contains("framing")) keys.insert("framing (plugin file)");
  if (other_framing_files && !keys.contains("framing")) keys.insert("framing (files)");
  return {keys.begin(), keys.end()};
}

std::vector<std::string> list(const std::set<std::string>& keys) { return {keys.begin(), keys.end()}; }

}  // namespace

ReloadPlan::ReloadPlan(const FlatConfig& running, const FlatConfig& wanted)
    : server_keys_(list(differences(running.server, wanted.server))) {
  for (const FlatListener& listener : wanted.listeners) {
    const FlatListener* before = find(running.listeners, listener.name);
    if (before == nullptr) {
      steps_.push_back({Action::add, listener.name});
      continue;
    }
    std::vector<std::string> keys = readable(differences(before->settings, listener.settings));
    steps_.push_back({keys.empty() ? Action::keep : Action::change, listener.name, std::move(keys)});
  }
  for (const FlatListener& listener : running.listeners) {
    if (find(wanted.listeners, listener.name) == nullptr) steps_.push_back({Action::remove, listener.name});
  }
}

std::vector<std::string> ReloadPlan::keys_for_restart() const {
  std::vector<std::string> keys;
  std::copy_if(server_keys_.begin(), server_keys_.end(), std::back_inserter(keys), [](const std::string& key) {
    return key.starts_with("event_loops.") || key.starts_with("admin.") || key == "worker_threads" || key == "user" ||
           key == "group" || key == "log.file" || key == "log.format";
  });
  return keys;
}

std::string to_string(const ReloadPlan::Step& step) {
  switch (step.action) {
    case ReloadPlan::Action::keep:
      return "unchanged " + step.listener;
    case ReloadPlan::Action::add:
      return "added " + step.listener;
    case ReloadPlan::Action::remove:
      return "removed " + step.listener;
    case ReloadPlan::Action::change:
      break;
  }
  std::string text = "changed " + step.listener + ":";
  for (const std::string& key : step.keys) text += (&key == &step.keys.front() ? " " : ", ") + key;
  return text;
}

}  // namespace netkit

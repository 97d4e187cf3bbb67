#include "server/process/activity.h"

#include <execinfo.h>
#include <ucontext.h>

#include "base/current_call.h"
#include "host/loop/channel.h"
#include "plugin/code_map.h"

namespace netkit {
namespace {

constexpr int kMostFrames = 64;

/// Where the signal came: the instruction, and the return address on top of the stack, in case a call led to nowhere.
std::array<const void*, 2> interrupted_at(const void* context) {
#ifdef __x86_64__
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  // Registers are numbers.
  // NOLINTBEGIN(performance-no-int-to-ptr)
  const auto* instruction = reinterpret_cast<const void*>(registers[REG_RIP]);
  const auto* stack = reinterpret_cast<const void* const*>(registers[REG_RSP]);
  // NOLINTEND(performance-no-int-to-ptr)
  return {instruction, instruction == nullptr ? *stack : nullptr};
#else
  static_cast<void>(context);
  return {};
#endif
}

/// The innermost plugin that is called here.
code_map::Place running_plugin(const void* context) {
  for (const void* address : interrupted_at(context)) {
    if (const code_map::Place place = code_map::find(address); place.name != nullptr) return place;
  }
  std::array<void*, kMostFrames> frames{};
  const int count = ::backtrace(frames.data(), kMostFrames);
  for (int i = 0; i < count; ++i) {
    const code_map::Place place = code_map::find(frames[static_cast<std::size_t>(i)]);
    if (place.name != nullptr) return place;
  }
  return {};
}

const char* current_listener() {
  if (current_call.listener != nullptr) return current_call.listener;
  return current_channel != nullptr ? current_channel->listener_name() : "";
}

}  // namespace

Activity Activity::of_this_thread(const void* context) {
  const code_map::Place plugin = running_plugin(context);
  Activity activity;
  if (plugin.name != nullptr) {
    activity.append("in plugin ");
    activity.append(plugin.name);
    activity.append(", ");
    activity.append(current_call.name != nullptr ? current_call.name : plugin.calls);
  } else {
    activity.append("not in a plugin");
    if (current_call.name != nullptr) {
      activity.append(", ");
      activity.append(current_call.name);
    }
  }
  if (const std::string_view listener = current_listener(); !listener.empty()) {
    activity.append(", listener '");
    activity.append(listener);
    activity.append("'");
  }
  return activity;
}

void Activity::append(std::string_view more) {
  for (const char byte : more) {
    if (size_ == text_.size()) return;
    const bool plain = byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
    text_[size_++] = plain ? byte : '?';
  }
}

}  // namespace netkit

#include "plugin/code_map.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace netkit::code_map {
namespace {

/// One library. `begin` is written last: until then nobody finds it.
struct Slot {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<const char*> calls{""};
  void* handle = nullptr;
  std::array<char, 512> name{};
};

std::array<Slot, 256> slots;

struct Range {
  std::uintptr_t base = 0;
  std::uintptr_t end = 0;
};

/// Of dl_iterate_phdr(3): finds the end of the library at range->base.
int measure(dl_phdr_info* info, std::size_t /*size*/, void* data) {
  auto* range = static_cast<Range*>(data);
  if (info->dlpi_addr != range->base) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type == PT_LOAD) range->end = std::max(range->end, range->base + header.p_vaddr + header.p_memsz);
  }
  return 1;
}

Slot* slot_of(const void* handle) {
  const auto found = std::find_if(slots.begin(), slots.end(), [&](const Slot& slot) { return slot.handle == handle; });
  return found == slots.end() ? nullptr : &*found;
}

}  // namespace

void add(void* handle, const std::string& name) {
  link_map* map = nullptr;
  Slot* const slot = slot_of(nullptr);
  if (slot == nullptr || ::dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return;
  Range range{.base = map->l_addr};
  ::dl_iterate_phdr(measure, &range);
  if (range.end == 0) return;
  slot->handle = handle;
  slot->name.fill('\0');
  name.copy(slot->name.data(), slot->name.size() - 1);
  slot->calls = "";
  slot->end = range.end;
  slot->begin = range.base;
}

void remove(void* handle) {
  Slot* const slot = slot_of(handle);
  if (slot == nullptr) return;
  slot->begin = slot->end = 0;
  slot->handle = nullptr;
}

void set_calls(void* handle, const char* calls) {
  if (Slot* const slot = slot_of(handle)) slot->calls = calls;
}

Place find(const void* address) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (const Slot& slot : slots) {
    if (place >= slot.begin && place < slot.end) return {slot.name.data(), slot.calls};
  }
  return {};
}

}  // namespace netkit::code_map

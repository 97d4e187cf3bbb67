#include <cstdint>

#include "netkit/export.h"

namespace {

/// As short as a descriptor can be: whoever reads more than the first two members reads what is not there.
struct ShortDescriptor {
  std::uint32_t api = 1;
  std::uint32_t size = sizeof(ShortDescriptor);
};

constexpr ShortDescriptor kDescriptor;

}  // namespace

extern "C" NETKIT_EXPORT const void* netkit_plugin() { return &kDescriptor; }

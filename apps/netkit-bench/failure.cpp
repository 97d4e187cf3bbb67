#include "netkit-bench/failure.h"

#include <cerrno>
#include <system_error>

namespace netkit::bench {

RunError system_error(const std::string& what) {
  return RunError(what + ": " + std::generic_category().message(errno));
}

}  // namespace netkit::bench

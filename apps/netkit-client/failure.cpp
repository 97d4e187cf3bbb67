#include "netkit-client/failure.h"

#include <cerrno>
#include <system_error>

namespace netkit::client {

LocalError system_failure(const std::string& what) {
  return LocalError(what + ": " + std::generic_category().message(errno));
}

}  // namespace netkit::client

#include "tls/error.h"

#include <openssl/err.h>

namespace netkit {

std::string take_tls_errors(const char* otherwise) {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  const char* reason = first == 0 ? nullptr : ERR_reason_error_string(first);
  return reason != nullptr ? reason : otherwise;
}

}  // namespace netkit

#include "admission/limits.h"

#include "admission/proxy_settings.h"

namespace netkit {

const char* to_string(OnLimit on_limit) {
  switch (on_limit) {
    case OnLimit::defer:
      return "defer";
    case OnLimit::reject:
      return "reject";
    case OnLimit::close:
      return "close";
  }
  return "unknown";
}

const char* to_string(ProxyProtocol protocol) {
  switch (protocol) {
    case ProxyProtocol::off:
      return "off";
    case ProxyProtocol::optional:
      return "optional";
    case ProxyProtocol::required:
      return "required";
  }
  return "unknown";
}

}  // namespace netkit

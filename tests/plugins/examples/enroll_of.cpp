#include "plugins/examples/enroll_of.h"

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>

namespace netkit::testing {

Enroll enroll_of(const std::string& example) {
  const char* build = std::getenv("NETKIT_BUILD");
  if (build == nullptr) throw std::runtime_error("NETKIT_BUILD does not name the build folder");
  const std::string file = std::string(build) + "/lib/netkit/plugins/examples/" + example + ".so";
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  using Entry = const PluginDescriptor* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "netkit_plugin"));
  if (entry == nullptr) throw std::runtime_error(file + " is no plugin");
  return entry()->enroll;
}

}  // namespace netkit::testing

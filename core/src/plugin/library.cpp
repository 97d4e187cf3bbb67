#include "plugin/library.h"

#include <dlfcn.h>

#include <atomic>
#include <exception>
#include <utility>

#include "plugin/code_map.h"
#include "plugin/compatibility.h"
#include "plugin/library_file.h"

namespace netkit {
namespace {

constexpr const char* kEntryPoint = "netkit_plugin";

#ifdef __SANITIZE_ADDRESS__
// RTLD_NODELETE in a sanitizer build: a leak report looks functions up by address at exit, so they must still be
// mapped.
constexpr int kFlags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
#else
constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;
#endif

std::atomic<unsigned> generations{0};
std::atomic<unsigned> stuck{0};

/// Strips the file name that dlerror() repeats, sometimes twice; the caller adds it once.
std::string last_dl_error(const std::string& path) {
  const char* text = ::dlerror();
  std::string message = text != nullptr ? text : "unknown error";
  const std::string prefix = path + ": ";
  while (message.starts_with(prefix)) message.erase(0, prefix.size());
  return message;
}

}  // namespace

PluginLibrary::PluginLibrary(std::string file, PrivateCopy copy)
    : file_(std::move(file)), copy_(std::move(copy)), generation_(++generations) {
  const std::string& path = copy_.path();
  if (const std::string damage = damage_of_library(path); !damage.empty()) fail(damage);
  handle_ = ::dlopen(path.c_str(), kFlags);
  if (handle_ == nullptr) fail(last_dl_error(path));
  code_map::add(handle_, file_);
  using EntryPoint = const PluginDescriptor* (*)();
  const auto entry = reinterpret_cast<EntryPoint>(::dlsym(handle_, kEntryPoint));
  if (entry != nullptr) descriptor_ = entry();
  std::string why;
  if (entry == nullptr) {
    why = std::string("has no entry point ") + kEntryPoint + "(); is it a netkit plugin (NETKIT_PLUGIN missing)?";
  } else if (descriptor_ == nullptr) {
    why = std::string("its ") + kEntryPoint + "() returned null";
  } else {
    why = incompatibility(*descriptor_);
  }
  if (why.empty()) return;
  unload();
  fail(why);
}

PluginLibrary::~PluginLibrary() { unload(); }

void PluginLibrary::unload() {
  code_map::remove(handle_);
  ::dlclose(handle_);
  // The linker identifies a library by its path. If this one stays loaded, its path must not be used again.
  void* still_there = ::dlopen(copy_.path().c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (still_there == nullptr) return;
  ::dlclose(still_there);
  copy_.keep_for_ever();
  ++stuck;
}

void PluginLibrary::enroll(Registry& registry) const {
  try {
    descriptor_->enroll(registry);
  } catch (const std::exception& error) {
    fail(error.what());
  } catch (...) {
    fail("its enroll function threw something that is not a std::exception");
  }
}

void PluginLibrary::set_calls(const char* calls) const { code_map::set_calls(handle_, calls); }

unsigned PluginLibrary::never_unloaded() { return stuck; }

void PluginLibrary::fail(const std::string& why) const { throw PluginError("plugin " + file_ + ": " + why); }

}  // namespace netkit

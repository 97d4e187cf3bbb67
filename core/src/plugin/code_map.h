#pragma once

#include <string>

namespace netkit {

/// Where the code of the plugins lies, readable within a signal handler.
namespace code_map {

/// Enters the library of `handle`, a value of dlopen(3), as `name`. Beyond some hundred libraries it does nothing.
/// Main thread, like remove() and set_calls().
void add(void* handle, const std::string& name);
void remove(void* handle);
/// What is called for each message in the library; the text must outlive it.
void set_calls(void* handle, const char* calls);

/// A plugin of which some code is running.
struct Place {
  const char* name = nullptr;  ///< Null: no plugin.
  const char* calls = "";
};
Place find(const void* address);

}  // namespace code_map
}  // namespace netkit

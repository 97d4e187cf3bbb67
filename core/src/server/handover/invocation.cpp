#include "server/handover/invocation.h"

#include <filesystem>
#include <string_view>
#include <system_error>

namespace netkit {

Invocation Invocation::of_this_program(int argc, char** argv) {
  Invocation invocation{{}, {argv, argv + argc}};
  const std::string_view called = argc > 0 ? argv[0] : "";
  std::error_code error;
  // A bare name was found by the shell in PATH.
  const bool by_path = called.find('/') != std::string_view::npos;
  const std::filesystem::path path =
      by_path ? std::filesystem::absolute(called, error) : std::filesystem::read_symlink("/proc/self/exe", error);
  invocation.path = path.string();
  return invocation;
}

}  // namespace netkit

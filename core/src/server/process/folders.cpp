#include "server/process/folders.h"

#include <filesystem>
#include <string>
#include <system_error>

#include "base/nearest.h"

namespace netkit {
namespace {

void expect_folder_of(const std::string& file, const char* key, const Position& where, Diagnostics& errors) {
  if (file.empty()) return;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return;
  errors.push_back({where, in_quotes(key) + ": there is no folder " + in_quotes(folder.string())});
}

}  // namespace

Diagnostics missing_folders(const ServerConfig& config) {
  Diagnostics errors;
  expect_folder_of(config.log.file, "log.file", config.log.file_where, errors);
  for (const ListenerConfig& listener : config.listeners) {
    expect_folder_of(listener.address.path, "address", listener.address_where, errors);
  }
  return errors;
}

}  // namespace netkit

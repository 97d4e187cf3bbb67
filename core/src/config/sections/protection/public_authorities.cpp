#include "config/sections/protection/public_authorities.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/folder.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

/// The certificates of a file in PEM (RFC 7468), each as its base64 text without white space.
std::set<std::string> certificates_of(const fs::path& path) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::set<std::string> certificates;
  for (std::size_t begin = text.find(kBegin); begin != std::string::npos; begin = text.find(kBegin, begin)) {
    begin += kBegin.size();
    std::string body = text.substr(begin, text.find(kEnd, begin) - begin);
    std::erase_if(body, [](unsigned char byte) { return byte <= ' '; });
    certificates.insert(std::move(body));
  }
  return certificates;
}

/// True if a file of the folder, or of one in it, has one of these certificates.
bool has_one_of(const std::set<std::string>& ours, const fs::path& folder) {
  bool found = false;
  for_each_entry(folder, [&](std::string_view name) {
    const fs::path path = folder / name;
    std::error_code error;
    if (found) return;
    if (fs::symlink_status(path, error).type() == fs::file_type::directory) {
      found = has_one_of(ours, path);
    } else if (fs::is_regular_file(path, error)) {
      const std::set<std::string> theirs = certificates_of(path);
      found = std::any_of(theirs.begin(), theirs.end(), [&](const auto& one) { return ours.contains(one); });
    }
  });
  return found;
}

}  // namespace

bool holds_public_authority(const std::string& file, const fs::path& system) {
  const std::set<std::string> ours = certificates_of(file);
  if (ours.empty()) return false;
  return has_one_of(ours, system);
}

}  // namespace netkit

#include "config/sections/protection/public_authorities.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

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

}  // namespace

bool holds_public_authority(const std::string& file, const fs::path& system) {
  const std::set<std::string> ours = certificates_of(file);
  if (ours.empty()) return false;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(system, error)) {
    if (!entry.is_regular_file(error)) continue;
    const std::set<std::string> theirs = certificates_of(entry.path());
    if (std::any_of(theirs.begin(), theirs.end(), [&](const auto& one) { return ours.contains(one); })) return true;
  }
  return false;
}

}  // namespace netkit

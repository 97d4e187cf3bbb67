#include "tls/certificate_names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/ascii.h"
#include "base/nearest.h"

namespace netkit {
namespace {

constexpr std::size_t kToldNames = 4;

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

/// Calls `take` with each subject alternative name.
template <class Take>
void each_alternative(X509* certificate, const Take& take) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) take(*sk_GENERAL_NAME_value(names.get(), i));
}

void add_name(const ASN1_STRING* text, std::vector<std::string>& names) {
  std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text)));
  if (!name.empty() && name.find('\0') == std::string::npos) names.push_back(std::move(name));
}

void add_address(const ASN1_OCTET_STRING* bytes, std::vector<std::string>& addresses) {
  const int length = ASN1_STRING_length(bytes);
  if (length != 4 && length != 16) return;
  std::array<char, INET6_ADDRSTRLEN> text{};
  addresses.emplace_back(
      ::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(), text.size()));
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // position of the last star, where matching resumes after a mismatch
  std::size_t behind = 0;                     // end of the text that the star matches
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind = n;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos && name[behind] != '.') {
      p = star + 1;
      n = ++behind;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string> alternative_names_of(X509* certificate) {
  std::vector<std::string> names;
  each_alternative(certificate, [&](const GENERAL_NAME& name) {
    if (name.type == GEN_DNS) add_name(name.d.dNSName, names);
  });
  return names;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names = alternative_names_of(certificate);
  if (!names.empty()) return names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place >= 0) add_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)), names);
  return names;
}

std::optional<std::string> name_matching(X509* certificate, const std::vector<std::string>& patterns) {
  for (std::string& name : names_of(certificate)) {
    const auto matches = [&](const std::string& pattern) { return matches_name(pattern, name); };
    if (std::any_of(patterns.begin(), patterns.end(), matches)) return std::move(name);
  }
  return std::nullopt;
}

std::string names_as_text(X509* certificate, std::vector<std::string> names) {
  each_alternative(certificate, [&](const GENERAL_NAME& name) {
    if (name.type == GEN_IPADD) add_address(name.d.iPAddress, names);
  });
  if (names.empty()) return "no name";
  std::string text = in_quotes(names[0]);
  for (std::size_t i = 1; i < std::min(names.size(), kToldNames); ++i) text += ", " + in_quotes(names[i]);
  if (names.size() > kToldNames) text += " and " + std::to_string(names.size() - kToldNames) + " more";
  return text;
}

}  // namespace netkit

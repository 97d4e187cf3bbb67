#pragma once

#include <openssl/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netkit {

/// True if `name` matches `pattern`, ignoring case. A `*` matches any number of characters except dots, so it never
/// matches across labels.
bool matches_name(std::string_view pattern, std::string_view name);

/// Returns the names of a certificate: its DNS names (RFC 5280 section 4.2.1.6), or the subject's common name if it has
/// none. Skips a name that contains a NUL byte, because it would look like another name.
std::vector<std::string> names_of(X509* certificate);

/// Returns the first of these names that matches one of the patterns, if there is one.
std::optional<std::string> name_matching(X509* certificate, const std::vector<std::string>& patterns);

/// The DNS names of a certificate without the subject's common name, which counts for no server.
std::vector<std::string> alternative_names_of(X509* certificate);

/// Formats `names` and the IP addresses of a certificate for a user to compare with the expected one: quoted, escaped,
/// and only the first few if there are many.
std::string names_as_text(X509* certificate, std::vector<std::string> names);

}  // namespace netkit

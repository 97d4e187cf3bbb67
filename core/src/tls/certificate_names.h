#pragma once

#include <openssl/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace netkit {

/// True if `name` is what `pattern` says, letters of either case being the same. A `*` stands for any number of
/// characters other than dots, so that it never reaches into another label.
bool matches_name(std::string_view pattern, std::string_view name);

/// The names a certificate is for: its DNS names (RFC 5280 section 4.2.1.6), or if it has none the common name of its
/// subject. A name with a NUL byte in it is left out: it would look like another one.
std::vector<std::string> names_of(X509* certificate);

/// All that it is for, names and numeric addresses, for a user to compare with what was expected: quoted, escaped, and
/// of many only the first few.
std::string names_as_text(X509* certificate);

}  // namespace netkit

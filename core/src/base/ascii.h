#pragma once

namespace netkit {

/// The letter in lower case if it is an ASCII capital, whatever the locale; else `c`.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace netkit

#pragma once

#include <string_view>

namespace netkit {

/// A rule that keeps a peer out. Points to literals, or to what lives longer.
struct AdmissionRule {
  std::string_view text;     ///< For people.
  std::string_view limit{};  ///< The key in `limits`; empty: it is no limit.
  std::string_view level{};  ///< Whose limit it is: server, listener or source; empty: of one of them.
};

}  // namespace netkit

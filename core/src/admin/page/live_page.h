#pragma once

#include <string_view>

namespace netkit {

/// The page that shows a server to an operator's browser: HTML without anything from elsewhere. The build makes it of
/// the files beside this one.
extern const std::string_view kLivePage;

/// The Content-Security-Policy (https://www.w3.org/TR/CSP3/) that it is served with: its own style and script, requests
/// to its own server, nothing else.
extern const std::string_view kLivePagePolicy;

}  // namespace netkit

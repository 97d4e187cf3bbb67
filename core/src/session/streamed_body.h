#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "netkit/body_source.h"
#include "netkit/codec.h"

namespace netkit {

/// The size() of a body whose bytes on the wire are not counted beforehand: it goes on until read() returns 0.
inline constexpr std::uint64_t kUntilItEnds = UINT64_MAX;

/// `source` as `encoder` changes it on the wire, piece by piece, and what follows it.
std::unique_ptr<BodySource> transformed(std::unique_ptr<BodySource> source, std::unique_ptr<BodyEncoder> encoder);

/// All of a body, for framings that need it whole. Throws std::length_error if it is too large for that, and
/// std::runtime_error if it comes short.
std::string read_whole(BodySource& source);

}  // namespace netkit
